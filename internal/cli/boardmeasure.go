package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/survey"
)

// surveyFile is where a survey is kept from step to step.
const surveyFile = "/var/lib/futago/survey.json"

type measureFlags struct {
	*boardFlags
	ssh, other    string
	file          string
	again, report bool
}

func (a *app) boardMeasureCommand() *cobra.Command {
	f := measureFlags{}
	cmd := &cobra.Command{
		Use:   "measure --ssh USER@NODE",
		Short: "Find out what the boards of a real pair do, in about 15 minutes",
		Long: "Find out what the boards of a real pair do where the vendor's documents are\n" +
			"silent: this node measures the other one, which is cut, rebooted and woken\n" +
			"several times. futago has to be stopped on both. Somebody has to stand there.\n" +
			"At the end there is a report, and the settings that follow. A survey that was\n" +
			"broken off goes on where it was when it is called again.",
		Example:           "  sudo futago board measure --ssh pi@raspberrypi-2\n  sudo futago board measure --report",
		Args:              args(noArguments),
		ValidArgsFunction: completeNothing,
	}
	cmd.Flags().StringVar(&f.ssh, "ssh", "", "where ssh reaches the other node, and sudo works without a password")
	cmd.Flags().StringVar(&f.other, "other", "", "instead: command that runs futago there; its verbs are added")
	cmd.Flags().StringVar(&f.file, "file", surveyFile, "where the survey is kept from step to step")
	cmd.Flags().BoolVar(&f.again, "again", false, "forget an earlier survey and begin anew")
	cmd.Flags().BoolVar(&f.report, "report", false, "only print the report of the earlier survey")
	f.boardFlags = addBoardFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		earlier, err := survey.Load(f.file)
		switch {
		case f.again && !f.report:
			earlier = nil
		case err != nil:
			return hinted{err: err, do: "the same command again with --again"}
		}
		if f.report {
			return a.reportSurvey(earlier, f.file)
		}
		return a.measure(cmd, f, earlier)
	}
	return cmd
}

func (a *app) reportSurvey(f *survey.Findings, file string) error {
	if f == nil {
		return hinted{err: fmt.Errorf("there is no survey in %s", file), do: "futago board measure --help"}
	}
	return a.lines(f.Report())
}

func (a *app) measure(cmd *cobra.Command, f measureFlags, earlier *survey.Findings) error {
	other := f.there()
	if len(other) == 0 {
		return usage(cmd, errors.New("--ssh is missing: where the other node is reached"))
	}
	ctx, cancel := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	person := a.attendant()
	defer person.leave()
	done, err := survey.New(survey.Options{
		Own: a.ownHand(f), Other: program(append(other, "board", "hand"), true), Person: person, File: f.file,
	}, earlier).Run(ctx)
	if err != nil {
		text := "the survey did not end: " + err.Error()
		if errors.Is(err, survey.ErrStop) || errors.Is(err, context.Canceled) {
			text = "the survey was stopped; what was found is kept"
		}
		return hinted{err: errors.New(text), do: "the same command again, which goes on there"}
	}
	return a.lines("\n" + done.Report())
}

// there is the command that runs futago on the other node. Under sudo ssh is the caller's, whose keys the other node
// knows; a connection over which nothing comes any more is given up.
func (f measureFlags) there() []string {
	if f.other != "" || f.ssh == "" {
		return strings.Fields(f.other)
	}
	command := []string{"ssh", "-T", "-o", "ConnectTimeout=5", "-o", "ServerAliveInterval=2", f.ssh, "sudo", "futago"}
	if user := os.Getenv("SUDO_USER"); user != "" {
		return append([]string{"sudo", "-u", user}, command...)
	}
	return command
}

// ownHand is this program again, as a process that outlives a Ctrl-C to lower the line.
func (a *app) ownHand(f measureFlags) survey.Dialer {
	argv := append(slices.Clone(a.machine.Again), "board", "hand", "--config="+f.config, "--defaults="+f.defaults,
		"--bus="+strconv.Itoa(f.bus), fmt.Sprintf("--address=%d", f.address), "--socket="+a.socket)
	return program(argv, false)
}

// attendant is the person at the terminal.
type attendant struct {
	a     *app
	typed chan string // closed when nobody types any more
	done  chan struct{}
}

// attendant starts to listen to the terminal. The listening ends with the input, or with the process: a read from a
// terminal cannot be interrupted.
func (a *app) attendant() *attendant {
	p := &attendant{a: a, typed: make(chan string), done: make(chan struct{})}
	go func() {
		defer close(p.typed)
		for in := bufio.NewScanner(a.in); in.Scan(); {
			select {
			case p.typed <- in.Text():
			case <-p.done:
				return
			}
		}
	}()
	return p
}

func (p *attendant) leave() { close(p.done) }

// Tell prints.
func (p *attendant) Tell(text string) error { return p.a.lines(text) }

// Ask prints the question and waits for one of the answers, or its first letters.
func (p *attendant) Ask(ctx context.Context, q survey.Question) (string, error) {
	if err := p.a.lines(q.Text); err != nil {
		return "", err
	}
	choices := append(slices.Clone(q.Answers), "stop")
	for {
		if _, err := fmt.Fprintf(p.a.out, "Type %s: ", orList(choices)); err != nil {
			return "", fmt.Errorf("print: %w", err)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case text, ok := <-p.typed:
			if !ok {
				return "", fmt.Errorf("nobody answers: %w", survey.ErrStop)
			}
			switch answer := choice(choices, text); answer {
			case "":
			case "stop":
				return "", survey.ErrStop
			default:
				return answer, nil
			}
		}
	}
}

// choice is the one answer that begins with what was typed; empty if none or several do. What cuts power is agreed to
// in full.
func choice(choices []string, typed string) string {
	typed = strings.ToLower(strings.TrimSpace(typed))
	found := ""
	for _, c := range choices {
		switch {
		case typed == c:
			return c
		case typed == "" || !strings.HasPrefix(c, typed) || c == survey.Yes:
		case found != "":
			return ""
		default:
			found = c
		}
	}
	return found
}

func orList(words []string) string {
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
