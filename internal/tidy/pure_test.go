package tidy

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// impure are the functions and variables of the standard library by which the decision machine could look at the
// world: a run could not be replayed then.
var impure = map[string]string{
	"time.Now": "time comes with the event", "time.Since": "time comes with the event", "time.Until": "time comes with the event",
	"time.Sleep": "a wait is a deadline in the state", "time.After": "a wait is a deadline in the state",
	"time.AfterFunc": "a wait is a deadline in the state", "time.Tick": "a wait is a deadline in the state",
	"time.NewTimer": "a wait is a deadline in the state", "time.NewTicker": "a wait is a deadline in the state",
	"time.Local": "the time zone comes with the configuration", "time.LoadLocation": "the time zone comes with the configuration",
	"fmt.Print": "nothing is logged here", "fmt.Println": "nothing is logged here", "fmt.Printf": "nothing is logged here",
}

func TestSchedulerIsPure(t *testing.T) {
	for _, f := range goFiles(t) {
		if !within(f.dir, "scheduler") || f.test {
			continue
		}
		for _, fault := range impurities(f.ast) {
			t.Errorf("%s:%d: %s", f.path, f.line(fault.at), fault.what)
		}
	}
}

type impurity struct {
	at   token.Pos
	what string
}

func impurities(file *ast.File) []impurity {
	var found []impurity
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, impurity{n.Pos(), "go: the decision starts no goroutine"})
		case *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
			found = append(found, impurity{n.Pos(), "channel: the decision waits for nobody"})
		case *ast.SelectorExpr:
			if why := impure[qualified(n)]; why != "" {
				found = append(found, impurity{n.Pos(), qualified(n) + ": " + why})
			}
		}
		return true
	})
	return found
}

// qualified is the name of something in another package, as it is written; the house imports none under another name.
func qualified(sel *ast.SelectorExpr) string {
	if pkg, ok := sel.X.(*ast.Ident); ok {
		return pkg.Name + "." + sel.Sel.Name
	}
	return ""
}

// TestImpuritiesAreSeen proves the test above.
func TestImpuritiesAreSeen(t *testing.T) {
	const source = `package p
import "time"
func f(c chan int) {
	go f(c)
	c <- 1
	select {}
	_ = time.Now()
}`
	f := parse(t, source)
	var found []string
	for _, fault := range impurities(f) {
		found = append(found, strings.SplitN(fault.what, ":", 2)[0])
	}
	if got := strings.Join(found, " "); got != "channel go channel channel time.Now" {
		t.Errorf("saw %s", got)
	}
}

// TestTestsDoNotSleep: a sleep is too short on a busy machine and too long on every other. In a bubble of
// testing/synctest it costs no time; the lab's scenarios run in real time by nature.
func TestTestsDoNotSleep(t *testing.T) {
	for _, f := range goFiles(t) {
		if !f.test || within(f.dir, "internal/lab") || slices.Contains(f.imports(), "testing/synctest") {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && qualified(sel) == "time.Sleep" {
				t.Errorf("%s:%d: time.Sleep: wait for the event, with a deadline only to give up", f.path, f.line(n.Pos()))
			}
			return true
		})
	}
}
