// Package store keeps what must outlive a loss of power: one small state, replaced as a whole, and the history of
// events, appended to.
//
// It owns the files in the state directory and their formats, and the promise behind rule S8: once Save has returned
// nil the state is on disk whatever happens next, at every instant before that the old one is, and a file that is
// neither is noticed. A damaged state is set aside and reported, and never replaced by an older one: the older may have
// forgotten that this node released its term, and a node that serves on that ground would be the second one.
//
// It must not know what the state means, and it decides nothing: what a node may do that has lost its state is the
// scheduler's business.
package store
