package resources

import (
	"errors"
	"fmt"
)

// Code names a condition for operators. Codes are stable; texts are not.
type Code string

// The codes a Group reports.
const (
	// EngineDown: nothing listens on the engine's socket, or the connection broke.
	EngineDown Code = "ENGINE_DOWN"
	// EngineHung: the engine took a connection and did not answer within the deadline.
	EngineHung Code = "ENGINE_HUNG"
	// EngineError: the engine answered with an error that has no code of its own.
	EngineError Code = "ENGINE_ERROR"
	// ImageMissing: the image is not on this node; futago never pulls by itself.
	ImageMissing Code = "IMAGE_MISSING"
	// ContainerForeign: a container of that name exists and is not ours.
	ContainerForeign Code = "CONTAINER_FOREIGN"
	// ContainerOutdated: the container runs with an older definition and is made anew when it next stops.
	ContainerOutdated Code = "CONTAINER_OUTDATED"
	// CreateFailed: the engine refused to create, update or remove the container.
	CreateFailed Code = "CONTAINER_CREATE_FAILED"
	// StartFailed: the engine refused to start the container.
	StartFailed Code = "CONTAINER_START_FAILED"
	// PortTaken: a published port is held by another program on this node.
	PortTaken Code = "PORT_TAKEN"
	// ContainerExited: the container's main program ended by itself or was killed.
	ContainerExited Code = "CONTAINER_EXITED"
	// ContainerUnhealthy: the health check or the probe failed, or did not succeed within StartTimeout.
	ContainerUnhealthy Code = "CONTAINER_UNHEALTHY"
	// RestartsExhausted: the container died or was unhealthy more often than Restarts allows within RestartWindow.
	RestartsExhausted Code = "RESTARTS_EXHAUSTED"
	// StopFailed: the container could not be proved stopped within its deadline.
	StopFailed Code = "STOP_FAILED"
)

// Problem is a condition with the sentence and the command an operator needs. It is an error so that it can be returned.
type Problem struct {
	Code Code
	Text string // one past-tense sentence without the node's name
	Do   string // a command that solves or explains it; may be empty
	Err  error  // the cause, nil if Text says it all
}

// Error implements error.
func (p *Problem) Error() string {
	if p.Err == nil {
		return fmt.Sprintf("%s: %s", p.Code, p.Text)
	}
	return fmt.Sprintf("%s: %s: %v", p.Code, p.Text, p.Err)
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// engine says whether the problem lies with the engine as a whole, so that trying again is all there is to do.
func (p *Problem) engine() bool { return p.Code == EngineDown || p.Code == EngineHung }

// final says whether trying again at once is pointless until somebody does something on this node.
func (p *Problem) final() bool {
	return p.Code == ImageMissing || p.Code == ContainerForeign || p.Code == CreateFailed
}

// asProblem gives the problem within an error; nil stays nil.
func asProblem(err error) *Problem {
	if err == nil {
		return nil
	}
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return &Problem{Code: EngineError, Text: "the work was ended", Err: err}
}
