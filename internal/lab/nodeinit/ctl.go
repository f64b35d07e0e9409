package nodeinit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// engineUnit is the unit after which images can be imported.
const engineUnit = "docker"

// ctlTimeout bounds a command to the manager, the stopping of a unit included.
const ctlTimeout = 2 * time.Minute

// Ctl is a stand-in for a command of systemd inside the node: argv[0] is the
// name it was called by. It sends one line to the manager and prints what
// came back.
func Ctl(argv []string, out io.Writer) error {
	line, err := translate(argv)
	if err != nil {
		return err
	}
	conn, err := net.DialTimeout("unix", ctlSocket, time.Second)
	if err != nil {
		return fmt.Errorf("reach the node's init: %w", err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(ctlTimeout)); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(conn, line); err != nil {
		return fmt.Errorf("ask the node's init: %w", err)
	}
	answer, err := io.ReadAll(io.LimitReader(conn, 1<<16))
	if err != nil {
		return fmt.Errorf("read the answer of the node's init: %w", err)
	}
	text := strings.TrimSpace(string(answer))
	if reason, failed := strings.CutPrefix(text, "error: "); failed {
		return errors.New(reason)
	}
	_, err = fmt.Fprintln(out, text)
	return err
}

// translate turns a command line of systemd's tools into the manager's own
// words: "reboot", "poweroff", "reboot -f", "start|stop|restart|status UNIT",
// "signal SIG UNIT".
func translate(argv []string) (string, error) {
	name, args := argv[0], argv[1:]
	force := false
	var plain []string
	for _, a := range args {
		switch {
		case a == "-f" || a == "--force" || a == "-ff":
			force = true
		case a == "-i" || a == "-q" || a == "--quiet" || a == "--no-wall" || a == "--no-block":
		default:
			plain = append(plain, a)
		}
	}
	switch name {
	case "reboot", "poweroff", "halt":
		return endWord(name, force), nil
	case "shutdown":
		if len(plain) > 0 && plain[0] == "-r" {
			return endWord("reboot", force), nil
		}
		return endWord("poweroff", force), nil
	case "systemctl", "init-ctl":
		return translateSystemctl(plain, force)
	}
	return "", fmt.Errorf("%s is not known on a lab node", name)
}

func endWord(word string, force bool) string {
	if word == "halt" {
		word = "poweroff"
	}
	if force {
		return word + " -f"
	}
	return word
}

func translateSystemctl(args []string, force bool) (string, error) {
	if len(args) == 0 {
		return "", errors.New("systemctl: a command is needed")
	}
	switch verb := args[0]; {
	case verb == "reboot" || verb == "poweroff" || verb == "halt":
		return endWord(verb, force), nil
	case verb == "kill" && len(args) == 4 && args[1] == "-s":
		return "signal " + args[2] + " " + unitName(args[3]), nil
	case verb == "list-jobs":
		return "list-jobs", nil
	case len(args) == 2 && verb == "is-active":
		return "status " + unitName(args[1]), nil
	case len(args) == 2 && (verb == "start" || verb == "stop" || verb == "restart" || verb == "status"):
		return verb + " " + unitName(args[1]), nil
	}
	return "", fmt.Errorf("systemctl %s is not known on a lab node", strings.Join(args, " "))
}

func unitName(s string) string { return strings.TrimSuffix(s, ".service") }

// ctlServer is the manager's side of Ctl.
type ctlServer struct{ listener net.Listener }

// maxCallers bounds the commands served at a time. There must be several: a
// unit that is being stopped asks for the list of jobs.
const maxCallers = 16

func listenCtl() (*ctlServer, error) {
	l, err := net.Listen("unix", ctlSocket)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", ctlSocket, err)
	}
	return &ctlServer{listener: l}, os.Chmod(ctlSocket, 0o600)
}

// serve answers commands until the listener is closed and all are answered.
func (c *ctlServer) serve(obey func(words []string) (reply, error)) error {
	var callers errgroup.Group
	callers.SetLimit(maxCallers)
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			_ = callers.Wait() // they return no error
		}
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept on %s: %w", ctlSocket, err)
		}
		callers.Go(func() error { answerOne(conn, obey); return nil })
	}
}

// reply is the answer to a command and what is done after the caller has it.
type reply struct {
	text string
	then func() // may be nil
}

// hangUpTimeout bounds the wait for a caller to take its answer and go.
const hangUpTimeout = 200 * time.Millisecond

// answerOne serves one connection. Its errors are the caller's business
// alone, who sees a broken connection.
func answerOne(conn net.Conn, obey func([]string) (reply, error)) {
	defer conn.Close()
	if conn.SetDeadline(time.Now().Add(ctlTimeout)) != nil {
		return
	}
	in := bufio.NewReader(io.LimitReader(conn, 4096))
	line, err := in.ReadString('\n')
	if err != nil {
		return
	}
	answer, err := obey(strings.Fields(line))
	if err != nil {
		answer.text = "error: " + err.Error()
	}
	_, _ = fmt.Fprintln(conn, answer.text)
	if answer.then == nil {
		return
	}
	// Whoever asks for the node's end shall learn that it was heard, before
	// it is ended with all the others.
	if u, ok := conn.(*net.UnixConn); ok && u.CloseWrite() == nil && conn.SetDeadline(time.Now().Add(hangUpTimeout)) == nil {
		_, _ = in.ReadByte()
	}
	answer.then()
}

func (c *ctlServer) close() error { return c.listener.Close() }

// obey carries out one command line of Ctl.
func (m *manager) obey(words []string) (reply, error) {
	if len(words) == 0 {
		return reply{}, errors.New("empty command")
	}
	switch words[0] {
	case "reboot", "poweroff":
		return m.end(words)
	case "signal":
		text, err := m.signalUnit(words[1:])
		return reply{text: text}, err
	case "list-jobs":
		return reply{text: m.jobs.list()}, nil
	case "start", "stop", "restart", "status":
		text, err := m.changeUnit(words)
		return reply{text: text}, err
	}
	return reply{}, fmt.Errorf("unknown command %q", words[0])
}

func (m *manager) end(words []string) (reply, error) {
	e := ending{code: exitReboot, force: len(words) > 1 && words[1] == "-f"}
	if words[0] == "poweroff" {
		e.code = exitPowerOff
	}
	if !m.jobs.beginEnd(words[0]) {
		return reply{}, errors.New("the node is already ending")
	}
	return reply{text: words[0] + " begun", then: func() { m.ending <- e }}, nil
}

func (m *manager) findUnit(name string) (*supervisor, error) {
	for _, u := range m.units {
		if u.unit.Name == name {
			return u, nil
		}
	}
	return nil, fmt.Errorf("unit %s is not known on this node", name)
}

func (m *manager) signalUnit(words []string) (string, error) {
	if len(words) != 2 {
		return "", errors.New("want: signal SIG UNIT")
	}
	sig := unix.SignalNum("SIG" + strings.TrimPrefix(words[0], "SIG"))
	if sig == 0 {
		return "", fmt.Errorf("unknown signal %q", words[0])
	}
	u, err := m.findUnit(words[1])
	if err != nil {
		return "", err
	}
	return "signalled", u.signal(syscall.Signal(sig))
}

func (m *manager) changeUnit(words []string) (string, error) {
	if len(words) != 2 {
		return "", fmt.Errorf("want: %s UNIT", words[0])
	}
	u, err := m.findUnit(words[1])
	if err != nil {
		return "", err
	}
	defer m.jobs.begin(u.unit.Name, words[0])()
	switch words[0] {
	case "start":
		u.want(true)
	case "stop":
		u.want(false)
		u.waitDown()
	case "restart":
		u.want(false)
		u.waitDown()
		u.want(true)
	}
	if u.isWanted() {
		return "active", nil
	}
	return "inactive", nil
}
