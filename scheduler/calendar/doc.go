// Package calendar says when something is due that a person wrote down as five
// fields of cron (crontab(5)) and a time zone.
//
// It owns the arithmetic of dates and is pure: it reads no clock and looks no
// zone up, so a time comes in and a time goes out. What follows from a time
// that has come is the scheduler's to decide.
//
// Daylight saving, as an operator reads it off the wall: a minute that the
// clock skips in spring does not exist and is not made up, and one that it
// shows twice in autumn is due once, the first time.
package calendar
