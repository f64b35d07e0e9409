package membership

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// story drives a presence in virtual boot time and records what it tells.
type story struct {
	*presence
	now    time.Duration
	told   []string
	missed int
}

func newStory() *story {
	s := &story{now: time.Hour}
	s.presence = newPresence(time.Second, s.now, func(e Event) {
		line := fmt.Sprintf("%T", e)
		if slept, ok := e.(Slept); ok {
			line += " " + slept.For.String()
		}
		s.told = append(s.told, line[len("membership."):])
	}, func() { s.missed++ })
	return s
}

// awake lets time pass with every beat in time.
func (s *story) awake(d time.Duration) {
	for end := s.now + d; s.now < end; {
		s.now += BeatInterval
		s.beat(s.now)
	}
}

// asleep lets time pass without a beat.
func (s *story) asleep(d time.Duration) { s.now += d }

func (s *story) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(s.told, want) {
		t.Errorf("told %q, want %q", s.told, want)
	}
	s.told = nil
}

func TestLossIsToldAtOnceWhenAwake(t *testing.T) {
	s := newStory()
	s.awake(time.Second)
	s.seen(Alive{})
	s.awake(time.Second)
	s.gone(s.now)
	s.expect(t, "Alive", "Lost")
	if s.isHere() || s.missed != 1 {
		t.Errorf("here %v, asked %d times for a join", s.isHere(), s.missed)
	}
}

func TestLossQuickerThanTheFirstBeatAfterASleepIsWithheld(t *testing.T) {
	s := newStory()
	s.seen(Alive{})
	s.asleep(5 * time.Second)
	s.gone(s.now) // memberlist's timer fires before the beat
	s.expect(t, "Alive")
	s.beat(s.now)
	s.expect(t, "Slept 5s")
	s.awake(900 * time.Millisecond)
	s.expect(t)
	s.awake(BeatInterval)
	s.expect(t, "Lost")
	s.awake(5 * time.Second)
	s.expect(t)
}

func TestLossWithinTheWindowIsForgottenWhenThePeerAnswers(t *testing.T) {
	s := newStory()
	s.asleep(2 * time.Second)
	s.awake(500 * time.Millisecond)
	s.gone(s.now)
	s.awake(100 * time.Millisecond)
	s.seen(Alive{})
	s.awake(5 * time.Second)
	s.expect(t, "Slept 2.1s", "Alive")
	if s.missed != 1 {
		t.Errorf("asked %d times for a join", s.missed)
	}
}

func TestASecondSleepProlongsTheWindow(t *testing.T) {
	s := newStory()
	s.asleep(2 * time.Second)
	s.gone(s.now)
	s.awake(900 * time.Millisecond)
	s.asleep(400 * time.Millisecond)
	s.awake(time.Second)
	s.expect(t, "Slept 2.1s", "Slept 500ms")
	s.awake(BeatInterval)
	s.expect(t, "Lost")
}

func TestLossAfterTheWindowIsTold(t *testing.T) {
	s := newStory()
	s.asleep(2 * time.Second)
	s.awake(1100 * time.Millisecond)
	s.gone(s.now)
	s.expect(t, "Slept 2.1s", "Lost")
}

func TestSmallDelaysAreNoSleep(t *testing.T) {
	s := newStory()
	for range 10 {
		s.asleep(starvedAfter - time.Millisecond)
		s.awake(BeatInterval)
	}
	s.gone(s.now)
	s.expect(t, "Lost")
}

func TestTimeBeforeRunIsNoSleep(t *testing.T) {
	s := newStory()
	s.asleep(time.Hour)
	s.restart(s.now)
	s.awake(time.Second)
	s.expect(t)
}

func TestBootTimeRunsWithTheClock(t *testing.T) {
	before := bootTime()
	timer := time.NewTimer(5 * time.Millisecond)
	<-timer.C
	if passed := bootTime() - before; passed < 5*time.Millisecond || passed > giveUp {
		t.Errorf("%v passed during 5 ms", passed)
	}
}

func TestMailboxKeepsOrder(t *testing.T) {
	b := newMailbox()
	in := []Event{Alive{}, Message{}, Trouble{}, Slept{}, Lost{}}
	for _, e := range in {
		b.put(e)
	}
	for _, want := range in {
		got, ok := b.poll()
		if !ok || fmt.Sprintf("%T", got) != fmt.Sprintf("%T", want) {
			t.Errorf("got %T, want %T", got, want)
		}
	}
	if _, ok := b.poll(); ok {
		t.Error("the mailbox is not empty")
	}
}

func TestMailboxFloodKeepsTheLatestWord(t *testing.T) {
	b := newMailbox()
	b.put(Lost{})
	for i := range 1000 {
		b.put(Message{Payload: []byte{byte(i / 256), byte(i)}})
		b.put(Trouble{})
	}
	if first, _ := b.poll(); first != (Lost{}) {
		t.Errorf("got %T first, want Lost", first)
	}
	for i := range 100 {
		b.put(Alive{Meta: Meta{Session: uint64(i)}})
	}
	count := map[kind]int{}
	var lastAlive Alive
	var firstMessage, lastMessage Message
	for e, ok := b.poll(); ok; e, ok = b.poll() {
		switch e := e.(type) {
		case Alive:
			lastAlive = e
		case Message:
			if count[kindMessage] == 0 {
				firstMessage = e
			}
			lastMessage = e
		}
		count[kindOf(e)]++
	}
	if lastAlive.Meta.Session != 99 || count[kindPresence] != limitOf(kindPresence) {
		t.Errorf("%d presences, the last %d; want 99", count[kindPresence], lastAlive.Meta.Session)
	}
	if first, last := number(firstMessage), number(lastMessage); first != 744 || last != 999 {
		t.Errorf("messages %d to %d, want 744 to 999", first, last)
	}
	if count[kindTrouble] != limitOf(kindTrouble) || b.droppedMessages() != 744 {
		t.Errorf("%d troubles, %d dropped messages", count[kindTrouble], b.droppedMessages())
	}
}

func number(m Message) int { return int(m.Payload[0])*256 + int(m.Payload[1]) }

func TestMailboxTakeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("over"))
	b := newMailbox()
	if e, ok := b.take(ctx); ok {
		t.Errorf("got %v from an empty mailbox", e)
	}
	b.put(Lost{})
	b.pump(ctx, make(chan Event)) // returns although nobody reads
}
