package survey

import (
	"context"
	"errors"
)

// Person is who attends the survey.
type Person interface {
	// Tell says what goes on; a line at most 76 wide each.
	Tell(text string) error
	// Ask waits for one of the question's answers, ErrStop, or the end of ctx.
	Ask(ctx context.Context, q Question) (string, error)
}

// Question is something that a person has to agree to, to do, or to look at.
type Question struct {
	ID      string // stable, for those who answer in a person's place
	Text    string
	Answers []string
}

// Answers of most questions.
const (
	Yes  = "yes"
	Skip = "skip"
)

// The ways a light can go when a Pi is woken under a standing EXTIN.
const (
	AtOnce = "at once"
	Later  = "later"
	StayOn = "stayed on"
)

// ErrStop is a person who has had enough: the survey can go on another time.
var ErrStop = errors.New("the survey was stopped")

// Questions, by what the person does. Whoever answers in a person's place has to
// act on these.
const (
	AskAgree   = "agree"   // to a step, Yes or Skip
	AskDark    = "dark"    // are the lights of the other Pi off?
	AskSwitch  = "switch"  // press the other board's switch
	AskLight   = "light"   // press it and watch the light: AtOnce, Later or StayOn
	AskSupply  = "supply"  // take the other board's 12 V away and give it back
	AskCross   = "cross"   // put the own harness's far plug into the other CN5
	AskUncross = "uncross" // and back
)
