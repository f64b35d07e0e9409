package control

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

func (s *Server) getInputs(w http.ResponseWriter, r *http.Request, _ identity) error {
	at, err := time.Parse(time.RFC3339Nano, r.URL.Query().Get("at"))
	if err != nil {
		return &Error{Code: CodeBadRequest, Text: fmt.Sprintf("at=%.40q is no time as in RFC 3339", r.URL.Query().Get("at")), Do: "futago explain"}
	}
	ctx, cancel := context.WithTimeout(r.Context(), historyTimeout)
	defer cancel()
	found, err := s.backend.Inputs(ctx, at)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, found)
}

// Inputs asks for the record of the inputs around a time.
func (c *Client) Inputs(ctx context.Context, at time.Time) (Inputs, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout+historyTimeout)
	defer cancel()
	return ask[Inputs](ctx, c, http.MethodGet, "/v1/inputs?at="+url.QueryEscape(at.Format(time.RFC3339Nano)), nil)
}
