package membership

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// A member in a process of its own can be killed, stopped and put into a
// network namespace. The test binary starts itself for it, with the
// configuration in childEnv; it writes one line per event and sends what it
// reads, line by line.
const childEnv = "FUTAGO_MEMBERSHIP_TEST_CHILD"

func TestMain(m *testing.M) {
	if config, ok := os.LookupEnv(childEnv); ok {
		if err := runChild([]byte(config)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// childEvent is an event as a line; exactly one field is set.
type childEvent struct {
	Alive   *Alive   `json:",omitempty"`
	Lost    *Lost    `json:",omitempty"`
	Message *Message `json:",omitempty"`
	Slept   *Slept   `json:",omitempty"`
	Trouble *Trouble `json:",omitempty"`
}

func runChild(config []byte) error {
	var c Config
	if err := json.Unmarshal(config, &c); err != nil {
		return err
	}
	m, err := New(c)
	if err != nil {
		return err
	}
	go writeEvents(m.Events())
	go sendLines(m)
	go beat(context.Background(), m)
	return m.Run(context.Background())
}

func writeEvents(from <-chan Event) {
	out := json.NewEncoder(os.Stdout)
	for e := range from {
		var line childEvent
		switch e := e.(type) {
		case Alive:
			line.Alive = &e
		case Lost:
			line.Lost = &e
		case Message:
			line.Message = &e
		case Slept:
			line.Slept = &e
		case Trouble:
			line.Trouble = &e
		}
		_ = out.Encode(line) // the reader may be gone
	}
}

func sendLines(m *Member) {
	<-m.Ready()
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		_ = m.Send(in.Bytes()) // may be unreachable just now
	}
}

// A child is a member in a process of its own.
type child struct {
	process *os.Process
	in      io.Writer
	events  chan Event
}

// startChild runs a member in the network namespace, or in this one for "".
func startChild(t testing.TB, namespace string, c Config) *child {
	t.Helper()
	config, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	if namespace != "" {
		cmd = exec.Command("ip", "netns", "exec", namespace, selfPath(t)) // ip replaces itself: the pid stays
	}
	cmd.Env = append(os.Environ(), childEnv+"="+string(config))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if errIn != nil || errOut != nil {
		t.Fatal(errIn, errOut)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	k := &child{process: cmd.Process, in: in, events: make(chan Event, 4096)}
	read := make(chan struct{})
	go func() { defer close(read); k.readEvents(out) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // may have been killed by the test
		<-read
		_ = cmd.Wait() // killed
	})
	return k
}

func selfPath(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func (k *child) readEvents(from io.Reader) {
	defer close(k.events)
	for in := json.NewDecoder(from); ; {
		var line childEvent
		if err := in.Decode(&line); err != nil {
			return // the child ended
		}
		switch {
		case line.Alive != nil:
			k.events <- *line.Alive
		case line.Lost != nil:
			k.events <- *line.Lost
		case line.Message != nil:
			k.events <- *line.Message
		case line.Slept != nil:
			k.events <- *line.Slept
		case line.Trouble != nil:
			k.events <- *line.Trouble
		}
	}
}

func (k *child) signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := k.process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func (k *child) say(t testing.TB, line string) {
	t.Helper()
	if _, err := io.WriteString(k.in, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

// meetChildren starts both and waits until both have met.
func meetChildren(t testing.TB, nsOne, nsTwo string, one, two Config) (a, b *child) {
	t.Helper()
	a, b = startChild(t, nsOne, one), startChild(t, nsTwo, two)
	await(t, a.events, anyOf[Alive])
	await(t, b.events, anyOf[Alive])
	return a, b
}
