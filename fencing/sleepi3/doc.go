// Package sleepi3 drives the slee-Pi 3 power board of Mechatrax over SMBus.
//
// It owns the board's registers: their addresses, their bits and the way they
// are read and changed. It works on any periph i2c.Bus and registers no host
// driver. It holds no line, waits for nothing but the pause before a retry and
// knows nothing of clusters: what to do when is package fencing's.
//
// Facts are from the vendor's public Python library and utilities
// (python-sleepi, sleepi3-utils). A transfer that fails is tried again a few
// times, because nobody has measured whether the board's controller refuses a
// transfer while it is busy. A transfer can also hang in the kernel; a caller
// who minds that has to watch a clock.
package sleepi3
