package survey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Options of a survey. Own, Other, Person and File are required.
type Options struct {
	Own, Other Dialer // of hands on this node and on the one that is measured
	Person     Person
	File       string // where the findings are kept from step to step
	// BootLimit is how long a Pi may take from power to its hand before its boot
	// was measured; 0 stands for 3 min.
	BootLimit time.Duration
}

// Survey is one attended measurement of a pair.
type Survey struct {
	opts  Options
	own   *node
	other *node
	f     *Findings
}

// New makes a survey that goes on from the findings of an earlier one, or from
// nothing where they are nil. It starts nothing.
func New(opts Options, earlier *Findings) *Survey {
	if opts.BootLimit == 0 {
		opts.BootLimit = 3 * time.Minute
	}
	if earlier == nil {
		earlier = &Findings{Began: time.Now().Round(time.Second)}
	}
	if earlier.Steps == nil {
		earlier.Steps = map[string]Mark{}
	}
	return &Survey{opts: opts, own: &node{dial: opts.Own}, other: &node{dial: opts.Other}, f: earlier}
}

// step is one thing to find out.
type step struct {
	id    string
	title string
	takes string // time and what a person has to do
	ask   string // what has to be agreed to; empty: harmless
	run   func(*Survey, context.Context) error
}

var steps = []step{
	{id: "bus", title: "I2C errors on both boards", takes: "10 s", run: (*Survey).bus},
	{id: "lines", title: "both wires, and how fast EXTIN follows", takes: "20 s", run: (*Survey).wires},
	{id: "reboot", title: "EXTOUT of OTHER over a reboot", takes: "1 min", ask: "OTHER is rebooted.", run: (*Survey).reboot},
	{id: "cut", title: "cut by EXTIN: when, what outlives it, what wakes", takes: "3 min", ask: "OTHER is CUT by OWN and woken again.", run: (*Survey).cut},
	{id: "edge", title: "which edge of EXTIN wakes", takes: "3 min", ask: "OTHER is shut down, loses its power and is woken. You have to see when its lights go out.", run: (*Survey).edge},
	{id: "panic", title: "EXTOUT over a dead kernel, and the board's watchdog", takes: "4 min", ask: "The kernel of OTHER is killed, and its board resets it; perhaps twice.", run: (*Survey).dead},
	{id: "standing", title: "woken while EXTIN stands", takes: "2 min", ask: "OTHER is CUT by OWN; then you press its switch and watch its light.", run: (*Survey).standing},
	{id: "supply", title: "what the board forgets without its 12 V", takes: "1 min", ask: "You pull the 12 V of OTHER and plug it in again.", run: (*Survey).supply},
	{id: "level", title: "does EXTOUT read the wire or what was written", takes: "1 min", ask: "You put a plug of the harness into another socket, which joins the two\n" +
		"EXTOUT. Do it only if the manual of your boards calls EXTOUT an open\ncollector or a relay contact; else say skip.", run: (*Survey).level},
}

// Run does the steps that are not done yet. A survey that could not end returns
// why, and goes on there when it is run again with the same file. Both boards
// are left as they were found, as far as they can be reached.
func (s *Survey) Run(ctx context.Context) (f *Findings, err error) {
	if err := s.begin(ctx); err != nil {
		return s.f, errors.Join(err, s.end(ctx))
	}
	for i, st := range steps {
		if s.f.Steps[st.id] != "" {
			continue
		}
		if err := s.do(ctx, i, st); err != nil {
			return s.f, errors.Join(err, s.end(ctx))
		}
	}
	s.f.Ended = time.Now().Round(time.Second)
	return s.f, errors.Join(s.f.save(s.opts.File), s.end(ctx))
}

// begin reaches both nodes and looks whether they can be measured.
func (s *Survey) begin(ctx context.Context) error {
	for _, n := range []*node{s.own, s.other} {
		if err := n.reach(ctx, greetLimit); err != nil {
			return err
		}
	}
	own, other := s.own.hand.hello, s.other.hand.hello
	if own.Boot == other.Boot {
		return fmt.Errorf("both hands are on %s: the other one must be on the other node", own.Name)
	}
	if s.f.Own != "" && (s.f.Own != own.Name || s.f.Other != other.Name) {
		return fmt.Errorf("the earlier survey was by %s of %s: end that, or begin anew with --again", s.f.Own, s.f.Other)
	}
	s.f.Own, s.f.Other = own.Name, other.Name
	other.InTheWay = append(other.InTheWay, other.AtBoot...)
	for _, h := range []Hello{own, other} {
		if len(h.InTheWay) > 0 {
			return fmt.Errorf("on %s these run or start at boot: %s", h.Name, strings.Join(h.InTheWay, ", "))
		}
	}
	if err := s.noteFirst(ctx); err != nil {
		return err
	}
	return s.quiet(ctx)
}

// noteFirst keeps what the boards were set to before the first step.
func (s *Survey) noteFirst(ctx context.Context) error {
	if s.f.OwnAtFirst != nil {
		return nil
	}
	own, err := s.own.hand.read(ctx)
	if err != nil {
		return err
	}
	other, err := s.other.hand.read(ctx)
	if err != nil {
		return err
	}
	if own.In() || other.In() {
		return errors.New("EXTIN stands on one of the nodes: a line is up or stuck; futago board watch shows it")
	}
	s.f.OwnAtFirst, s.f.OtherAtFirst = &own, &other
	return s.f.save(s.opts.File)
}

// quiet is where every step begins: lines low, nobody armed, no watchdog.
func (s *Survey) quiet(ctx context.Context) error {
	return errors.Join(
		s.tell(ctx, s.own, doOut, 0), s.tell(ctx, s.other, doOut, 0),
		s.tell(ctx, s.own, doDisarm, 0), s.tell(ctx, s.other, doDisarm, 0),
		s.tell(ctx, s.other, doWatchdog, 0),
	)
}

func (s *Survey) tell(ctx context.Context, n *node, v verb, arg int) error {
	if n.hand == nil {
		return fmt.Errorf("%s: %w", v, errAway)
	}
	_, err := n.hand.do(ctx, v, arg)
	return err
}

func (s *Survey) do(ctx context.Context, i int, st step) error {
	if err := s.say("\n[%d/%d] %s (%s)", i+1, len(steps), s.named(st.title), st.takes); err != nil {
		return err
	}
	if st.ask != "" {
		answer, err := s.ask(ctx, AskAgree, s.named(st.ask), Yes, Skip)
		if err != nil {
			return err
		}
		if answer == Skip {
			s.f.Steps[st.id] = Skipped
			return s.f.save(s.opts.File)
		}
	}
	if err := s.other.reach(ctx, s.away()); err != nil {
		return err
	}
	if err := s.quiet(ctx); err != nil {
		return err
	}
	if err := st.run(s, ctx); err != nil {
		return fmt.Errorf("step %q: %w", st.id, err)
	}
	s.f.Steps[st.id] = Done
	return errors.Join(s.quiet(ctx), s.f.save(s.opts.File))
}

// end leaves both boards as they were found and takes the hands off.
func (s *Survey) end(ctx context.Context) error {
	// Also when ctx is over: that a person pressed Ctrl-C is no reason to leave a
	// line up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerLimit)
	defer cancel()
	var errs []error
	for _, n := range []*node{s.own, s.other} {
		if n.hand == nil {
			continue
		}
		if _, lives := n.hand.lively(); lives {
			errs = append(errs, s.restore(ctx, n))
		} else if n == s.other {
			_ = s.say("%s is not reached: its board was left without a watchdog and not armed.\nfutago sets both when it starts.", s.f.Other)
		}
		_ = n.hand.close() // its end is what lowers the line
	}
	return errors.Join(errs...)
}

func (s *Survey) restore(ctx context.Context, n *node) error {
	first := s.f.OwnAtFirst
	if n == s.other {
		first = s.f.OtherAtFirst
	}
	forced := doDisarm
	if first != nil && first.Forced() {
		forced = doArm
	}
	errs := []error{s.tell(ctx, n, doOut, 0), s.tell(ctx, n, forced, 0)}
	if first != nil && n == s.other {
		// Not its watchdog: nobody feeds that any more, until the next boot sets it.
		errs = append(errs, s.tell(ctx, n, doSleep, int(first.SleepTimeout)))
	}
	return errors.Join(errs...)
}

// named puts the nodes' names into a text.
func (s *Survey) named(text string) string {
	return strings.NewReplacer("OWN", s.f.Own, "OTHER", s.f.Other).Replace(text)
}

func (s *Survey) say(format string, args ...any) error {
	return s.opts.Person.Tell(fmt.Sprintf(format, args...))
}

func (s *Survey) ask(ctx context.Context, id, text string, answers ...string) (string, error) {
	answer, err := s.opts.Person.Ask(ctx, Question{ID: id, Text: text, Answers: answers})
	if err == nil && !slices.Contains(answers, answer) {
		err = fmt.Errorf("answer %q to %q", answer, id)
	}
	return answer, err
}

// away is how long to wait for a node that has just got power: twice its
// measured boot, for a cold one is longer.
func (s *Survey) away() time.Duration {
	if s.f.Boot == nil {
		return s.opts.BootLimit
	}
	return min(2**s.f.Boot+15*time.Second, s.opts.BootLimit)
}
