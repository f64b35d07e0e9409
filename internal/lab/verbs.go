package lab

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/futago-ha/futago/internal/board"
)

// Verb is a command of the lab as an operator types it.
type Verb struct {
	Name  string
	Usage string // of the arguments; their number is checked against it
	Help  string
	do    func(ctx context.Context, l *Lab, args []string) error
}

// Verbs lists all commands that act on a lab, in the order of the help.
func Verbs() []Verb {
	return []Verb{
		{"cut-link", "", "drop what the nodes send each other; client and carriers stay", onCabling(func(c *cabling) { c.linkCut = true })},
		{"heal-link", "", "end cut-link, deaf and loss", onCabling(func(c *cabling) {
			c.linkCut, c.deaf, c.loss = false, [2]bool{}, [2]int{}
		})},
		{"cut-uplink", "NODE", "pull the network cable of a node", onNode(func(_ context.Context, l *Lab, i int) error { return l.SetUplink(i, false) })},
		{"heal-uplink", "NODE", "plug it in again", onNode(func(_ context.Context, l *Lab, i int) error { return l.SetUplink(i, true) })},
		{"deaf", "NODE", "let a node not get what the other one sends", onNode(func(_ context.Context, l *Lab, i int) error { return l.SetDeaf(i, true) })},
		{"loss", "NODE PERCENT", "lose that share of the frames a node sends", doLoss},
		{"switch", "off|on", "turn the network switch off or on", onSwitch((*Lab).SetSwitch)},
		{"router", "off|on", "turn the router off or on", onSwitch((*Lab).SetRouter)},
		{"panic", "NODE", "kill a node's kernel; its power stays", onNode(func(_ context.Context, l *Lab, i int) error { return l.Panic(i) })},
		{"hang", "NODE", "stop a node's futago daemon; its kernel goes on", onNode(func(ctx context.Context, l *Lab, i int) error { return l.Hang(ctx, i) })},
		{"unhang", "NODE", "let it go on", onNode(func(ctx context.Context, l *Lab, i int) error { return l.Unhang(ctx, i) })},
		{"power", "NODE off|on", "switch the supply of a node's board", doPower},
		{"push", "NODE", "press the switch of a node's board", onNode(func(_ context.Context, l *Lab, i int) error { l.boards.Push(i); return nil })},
		{"wire", "NODE ok|cut|stick|swap|low|looped|shorted", "change the line a node drives", doWire},
	}
}

// Do carries out one command.
func (l *Lab) Do(ctx context.Context, c Command) error {
	for _, v := range Verbs() {
		if v.Name != c.Verb {
			continue
		}
		if want := len(strings.Fields(v.Usage)); len(c.Args) != want {
			return fmt.Errorf("usage: %s %s", v.Name, v.Usage)
		}
		l.log.Info("command", "verb", c.Verb, "args", c.Args)
		return v.do(ctx, l, c.Args)
	}
	return fmt.Errorf("command %q is not known", c.Verb)
}

type verbFunc = func(ctx context.Context, l *Lab, args []string) error

func onCabling(edit func(*cabling)) verbFunc {
	return func(_ context.Context, l *Lab, _ []string) error { return l.network.change(edit) }
}

func onNode(f func(ctx context.Context, l *Lab, node int) error) verbFunc {
	return func(ctx context.Context, l *Lab, args []string) error {
		i, err := l.index(args[0])
		if err != nil {
			return err
		}
		return f(ctx, l, i)
	}
}

func onSwitch(set func(l *Lab, on bool) error) verbFunc {
	return func(_ context.Context, l *Lab, args []string) error {
		on, err := parseSwitch(args[0])
		if err != nil {
			return err
		}
		return set(l, on)
	}
}

func parseSwitch(word string) (bool, error) {
	switch word {
	case "on":
		return true, nil
	case "off":
		return false, nil
	}
	return false, fmt.Errorf("%q: want on or off", word)
}

func doPower(_ context.Context, l *Lab, args []string) error {
	i, err := l.index(args[0])
	if err != nil {
		return err
	}
	on, err := parseSwitch(args[1])
	if err != nil {
		return err
	}
	l.boards.Supply(i, on)
	return nil
}

func doLoss(_ context.Context, l *Lab, args []string) error {
	i, err := l.index(args[0])
	if err != nil {
		return err
	}
	percent, err := strconv.Atoi(args[1])
	if err != nil {
		return fmt.Errorf("loss %q: want percent from 0 to 100", args[1])
	}
	return l.SetLoss(i, percent)
}

func doWire(_ context.Context, l *Lab, args []string) error {
	i, err := l.index(args[0])
	if err != nil {
		return err
	}
	word := args[1]
	switch word { // the lab's words for two of the board's
	case "stick":
		word = board.WireHigh.String()
	case "swap":
		word = board.WireSwapped.String()
	}
	w, err := board.ParseWire(word)
	if err != nil {
		return fmt.Errorf("wire %q: want ok, cut, stick, swap, low, looped or shorted", args[1])
	}
	l.Wire(i, w)
	return nil
}

// Status shows the lab.
func (l *Lab) Status() Status {
	s := Status{
		Name: l.opts.Name, PID: os.Getpid(), Network: l.network.cablingNow().describe(l.opts),
		ClientNS: nsPath(int(l.network.client)), SwitchNS: nsPath(int(l.network.sw)), RouterNS: nsPath(int(l.network.router)),
	}
	boards := l.boards.Status()
	for i, n := range l.nodes {
		s.Nodes[i] = n.status()
		b := boards[i]
		s.Boards[i] = BoardStatus{
			Supply: b.Supply, Powered: b.Powered, ExtOut: b.Out, ExtIn: b.In, Armed: b.Armed,
			Wire: b.Wire.String(), Wakeup: wakeupNames(b.Wakeup),
		}
	}
	return s
}

func nsPath(fd int) string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd) }

// wakeupNames spells wakeup_status as sleepi3ctl does.
func wakeupNames(flags byte) string {
	names := []string{"poweron", "watchdog", "alarm", "switch", "extin", "ri", "restoration"}
	var set []string
	for bit, name := range names {
		if flags&(1<<bit) != 0 {
			set = append(set, name)
		}
	}
	return strings.Join(set, ",")
}

// describe lists in words what is cut, off or lossy.
func (c cabling) describe(o Options) []string {
	var out []string
	say := func(on bool, format string, args ...any) {
		if on {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(c.linkCut, "link between the nodes cut")
	say(c.switchOff, "switch off")
	say(c.routerOff, "router off")
	for i, n := range o.Nodes {
		say(c.uplinkCut[i], "cable of %s pulled", n.Name)
		say(c.silent[i], "%s panicked", n.Name)
		say(c.deaf[i], "%s does not get what %s sends", n.Name, o.Nodes[1-i].Name)
		say(c.loss[i] > 0, "%d %% of what %s sends is lost", c.loss[i], n.Name)
	}
	return out
}
