package control

import (
	"errors"
	"net/http"
)

// Code of an Error; stable, for programs.
type Code string

// The codes and the HTTP status each travels with.
const (
	CodeBadRequest Code = "bad_request" // 400: malformed or impossible
	CodeForbidden  Code = "forbidden"   // 403: the caller may not
	CodeNotFound   Code = "not_found"   // 404: no such path
	CodeRefused    Code = "refused"     // 409: well formed, but not in this state of the pair
	CodeBusy       Code = "busy"        // 503: too many at once, or the daemon is ending
	CodeTimeout    Code = "timeout"     // 504: not done in time; it may still happen
	CodeInternal   Code = "internal"    // 500
)

var httpStatus = map[Code]int{
	CodeBadRequest: http.StatusBadRequest,
	CodeForbidden:  http.StatusForbidden,
	CodeNotFound:   http.StatusNotFound,
	CodeRefused:    http.StatusConflict,
	CodeBusy:       http.StatusServiceUnavailable,
	CodeTimeout:    http.StatusGatewayTimeout,
	CodeInternal:   http.StatusInternalServerError,
}

// Error is a failure as it crosses the door. A Backend returns one to say why it refused; the client returns it as
// it came.
type Error struct {
	Code Code   `json:"code"`
	Text string `json:"text"`         // what was tried and why not
	Do   string `json:"do,omitempty"` // a command that helps
}

// Error gives the text alone: the command that helps goes on a line of its own.
func (e *Error) Error() string { return e.Text }

// Refuse makes the answer to a command that the pair's state does not allow; do is a command that helps.
func Refuse(text, do string) *Error { return &Error{Code: CodeRefused, Text: text, Do: do} }

// Where the daemon cannot be asked at all the client says which of these it is.
var (
	ErrNotRunning = errors.New("the futago daemon is not running on this machine")
	ErrPermission = errors.New("only root and members of the group futago may ask the daemon")
)
