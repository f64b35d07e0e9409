package faults

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/lab"
)

// skippedNow are the steps of a survey that the lab leaves out for their length; internal/survey does them all, in
// virtual time. With FUTAGO_SURVEY=all none is, which takes 5 min.
func skippedNow() string {
	if os.Getenv("FUTAGO_SURVEY") == "all" {
		return ""
	}
	return "edge panic standing level"
}

// TestMeasure runs `futago board measure` as a person would: the shipped command on one node, its hand on the other over
// TCP, boards that keep EXTOUT over a cut and a reboot, real reboots and real cuts.
func TestMeasure(t *testing.T) {
	t.Parallel()
	odd := board.Options{OutSurvivesCut: true, OutSurvivesReboot: true, Threshold: 11 * time.Second, Seed: 1}
	p := startPair(t, lab.Options{NoEngine: true, Command: []string{"sleep", "infinity"}, BootDelay: 3 * time.Second, Boards: [2]board.Options{odd, odd}})
	for node := range 2 {
		p.PowerOn(node)
		if _, err := p.WaitUp(p.limited(), node); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	var hands sync.WaitGroup
	hands.Go(func() { p.listenForHands(ctx) })
	defer hands.Wait()
	defer cancel()
	p.exec(0, "sh", "-c", "printf '#!/bin/sh\\nexec busybox nc 192.0.2.179 2222\\n' >/var/lib/futago/there && chmod +x /var/lib/futago/there")
	p.exec(0, "systemctl", "stop", "futago") // in this lab only the name of a unit that sleeps

	argv, err := p.Status().Enter(one, []string{"futago", "board", "measure", "--other", "/var/lib/futago/there"})
	if err != nil {
		t.Fatal(err)
	}
	report := p.attend(ctx, exec.CommandContext(ctx, argv[0], argv[1:]...))
	for _, want := range []string{
		one + " measured " + two, "both wires work                    yes", "EXTOUT after a reboot              STAYS UP",
		"EXTOUT after a cut by EXTIN        STAYS UP", "wakes by a pulse of 1 s            yes", "eipde after loss of the 12 V       lost",
		`hold               = "13s"`, "- EXTOUT can stay up without its Pi",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("%q is not in the report", want)
		}
	}
	for node, s := range p.Boards().Status() {
		if s.Out || s.Armed {
			t.Errorf("board %d is left as %+v", node, s)
		}
	}
}

// listenForHands lets node 2 answer on a port with a hand, in each of its boots, as sshd would.
func (p *pair) listenForHands(ctx context.Context) {
	for ctx.Err() == nil {
		if _, err := p.WaitUp(ctx, 1); err != nil {
			return
		}
		_, _ = p.Exec(ctx, 1, "systemctl", "stop", "futago")
		// Ends with the node.
		_, _ = p.Exec(ctx, 1, "busybox", "nc", "-ll", "-p", "2222", "-e", "/run/lab/bin/futago", "board", "hand")
	}
}

// attend answers the questions of a survey and does what they ask for. It returns all that was said.
func (p *pair) attend(ctx context.Context, cmd *exec.Cmd) string {
	p.t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	var all, asked strings.Builder
	for r := bufio.NewReader(out); ; {
		b, err := r.ReadByte()
		if err != nil {
			break
		}
		all.WriteByte(b)
		asked.WriteByte(b)
		if strings.Contains(asked.String(), "Type ") && strings.HasSuffix(asked.String(), ": ") {
			if _, err := io.WriteString(in, p.answerTo(asked.String())+"\n"); err != nil {
				break
			}
			asked.Reset()
		}
	}
	err = cmd.Wait()
	p.t.Log(all.String())
	if err != nil || ctx.Err() != nil {
		p.t.Fatalf("measure: %v\n%s", err, complaints.String())
	}
	return all.String()
}

// answerTo is the person: it acts by what the text says.
func (p *pair) answerTo(text string) string {
	switch {
	case strings.Contains(text, "Type yes, skip"):
		for name, title := range map[string]string{"edge": "which edge", "panic": "dead kernel", "standing": "woken while", "level": "read the wire"} {
			if strings.Contains(text, title) && strings.Contains(skippedNow(), name) {
				return "skip"
			}
		}
	case strings.Contains(text, "Pull the 12 V"):
		p.PowerOff(1)
		p.PowerOn(1)
	case strings.Contains(text, "lights of"):
		p.await("the board took the power", func() bool { return !p.Boards().Status()[1].Powered })
	case strings.Contains(text, "watch its"):
		return p.watchLight()
	case strings.Contains(text, "Take the plug"):
		p.Wire(0, board.WireSwapped)
	case strings.Contains(text, "Put both plugs"):
		p.Wire(0, board.WireOK)
	case strings.Contains(text, "Press the switch"):
		p.Boards().Push(1)
	}
	return "yes"
}

func (p *pair) watchLight() string {
	p.Boards().Push(1)
	began := time.Now()
	if !p.within(20*time.Second, func() bool { return !p.Boards().Status()[1].Powered }) {
		return "stayed on"
	}
	if time.Since(began) < 3*time.Second {
		return "at once"
	}
	return "later"
}
