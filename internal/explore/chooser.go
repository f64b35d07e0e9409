package explore

// chooser answers the questions that one step of the world asks. What the
// script does not say is answered with 0, which is the usual way.
type chooser struct {
	script []byte
	asked  []question
}

// question is how many answers there were, and which one was given.
type question struct{ of, took byte }

func (c *chooser) begin(script []byte) {
	c.script = script
	c.asked = c.asked[:0]
}

// choose answers with a number below n.
func (c *chooser) choose(n int) int {
	if n <= 1 {
		return 0
	}
	took := byte(0)
	if i := len(c.asked); i < len(c.script) {
		took = c.script[i]
	}
	c.asked = append(c.asked, question{byte(n), took})
	return int(took)
}

// next is the script of the next way through the same step; false when there is
// none. It counts up the last answer that can be.
func (c *chooser) next(script []byte) ([]byte, bool) {
	script = script[:0]
	last := -1
	for i, q := range c.asked {
		if q.took+1 < q.of {
			last = i
		}
	}
	if last < 0 {
		return script, false
	}
	for _, q := range c.asked[:last] {
		script = append(script, q.took)
	}
	return append(script, c.asked[last].took+1), true
}

// unknowns are the answers that nobody knows of a real board and that both
// boards share here; each is settled when it first matters.
type unknowns struct {
	cutsAt                            byte // 0 not settled; else 9, 10 or 11 s
	outSurvives, endWakes, countsDark answer
}

// answer is no, yes, or not yet asked.
type answer byte

const (
	open answer = iota
	no
	yes
)

// settle asks for an unknown once.
func (w *world) settle(a *answer, ifYes, ifNo string) bool {
	if *a == open {
		*a = no + answer(w.pick.choose(2))
		w.say("-", "%s", map[answer]string{no: ifNo, yes: ifYes}[*a])
	}
	return *a == yes
}
