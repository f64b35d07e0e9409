// Package render draws a control.Status and entries of the history as the text an operator reads: ASCII, at most the
// given width, times in the given now's zone.
//
// It owns every column, age and line break. Its functions are pure: they read no clock, no terminal and no file, so
// each picture of the operator's page is a golden file in testdata. It must not judge: what is wrong and what to do
// about it is in the Status already.
package render
