package sleepi3

import (
	"errors"
	"fmt"
	"strings"
)

// Registers are all registers of the board, read one after the other: no two of
// them are from the same instant.
type Registers struct {
	Voltage1, Voltage2, Restore     int // mV
	ADCInterval                     byte
	SwitchSeconds, ExtinSeconds     byte
	WatchdogTimeout, SleepTimeout   byte // s
	WatchdogControl, Input, IO, Ver byte
	Wakeup                          Wake
}

// Registers reads everything and changes nothing. What cannot be read is zero,
// and the error says which registers those are.
func (d *Dev) Registers() (Registers, error) {
	var r Registers
	var errs []error
	word := func(reg byte, to *int) {
		v, err := d.readWord(reg)
		*to = v
		errs = append(errs, err)
	}
	one := func(reg byte, to *byte) {
		v, err := d.readByte(reg)
		*to = v
		errs = append(errs, err)
	}
	word(regVoltage1, &r.Voltage1)
	word(regVoltage2, &r.Voltage2)
	word(regRestore, &r.Restore)
	one(regADC, &r.ADCInterval)
	one(regSwitchSec, &r.SwitchSeconds)
	one(regExtinSec, &r.ExtinSeconds)
	one(regWatchdog, &r.WatchdogTimeout)
	one(regSleep, &r.SleepTimeout)
	one(regWatchCtl, &r.WatchdogControl)
	one(regInput, &r.Input)
	one(regIO, &r.IO)
	one(regWakeup, (*byte)(&r.Wakeup))
	one(regVersion, &r.Ver)
	if err := errors.Join(errs...); err != nil {
		return r, fmt.Errorf("read the registers: %w", err)
	}
	return r, nil
}

// Armed tells whether EXTIN cuts the power and wakes by an edge.
func (r Registers) Armed() bool { return r.Input&(bitArmed|bitLevelWake) == bitArmed }

// Forced tells whether EXTIN cuts the power (eipde), however it wakes.
func (r Registers) Forced() bool { return r.Input&bitArmed != 0 }

// Out tells the level of EXTOUT.
func (r Registers) Out() bool { return r.IO&bitOut != 0 }

// In tells the level of EXTIN.
func (r Registers) In() bool { return r.IO&bitIn != 0 }

// Row is one register in words.
type Row struct {
	Addr  byte
	Name  string // the vendor's
	Value string // number as sleepi3ctl has it: decimal, or hex for flags
	Words string
}

// Rows says every register in words, in the order of their addresses.
func (r Registers) Rows() []Row {
	number := func(addr byte, name string, v int, words string) Row {
		return Row{addr, name, fmt.Sprint(v), words}
	}
	flags := func(addr byte, name string, v byte, words ...string) Row {
		return Row{addr, name, fmt.Sprintf("0x%02X", v), strings.Join(words, "; ")}
	}
	return []Row{
		number(regVoltage1, "voltage1", r.Voltage1, "CN1 "+volts(r.Voltage1)),
		number(regVoltage2, "voltage2", r.Voltage2, "CN2 "+volts(r.Voltage2)),
		number(regRestore, "restore_voltage", r.Restore, orOff(r.Restore, "power returns from "+volts(r.Restore))),
		number(regADC, "adc_interval", int(r.ADCInterval), fmt.Sprintf("voltages are measured every %d s", r.ADCInterval)),
		number(regSwitchSec, "push_switch_count", int(r.SwitchSeconds), held("the push switch", r.SwitchSeconds)),
		number(regExtinSec, "external_input_count", int(r.ExtinSeconds), held("EXTIN", r.ExtinSeconds)),
		number(regWatchdog, "watchdog_timeout", int(r.WatchdogTimeout), orOff(int(r.WatchdogTimeout), fmt.Sprintf("acts after %d s without a heartbeat", r.WatchdogTimeout))),
		number(regSleep, "sleep_timeout", int(r.SleepTimeout), orOff(int(r.SleepTimeout), fmt.Sprintf("power goes %d s after a shutdown", r.SleepTimeout))),
		flags(regWatchCtl, "watchdog_control", r.WatchdogControl, r.watchWords()...),
		flags(regInput, "input_control", r.Input, r.inputWords()...),
		flags(regIO, "io_status", r.IO, r.ioWords()...),
		flags(regWakeup, "wakeup_status", byte(r.Wakeup), "power came on by "+orNothing(strings.Join(r.Wakeup.Names(), ", "))),
		number(regVersion, "version", int(r.Ver), fmt.Sprintf("firmware %d", r.Ver)),
	}
}

func (r Registers) watchWords() []string {
	words := []string{"a time-out leaves the Pi off"}
	if r.WatchdogControl&bitRestart != 0 {
		words[0] = "a time-out powers the Pi off and on"
	}
	if r.WatchdogControl&bitUVLO != 0 {
		words = append(words, "low voltage switches off")
	}
	return words
}

func (r Registers) inputWords() []string {
	words := []string{"EXTIN does not cut the power (not armed)", "wakes by an edge"}
	if r.Input&bitArmed != 0 {
		words[0] = "EXTIN held 10 s cuts the power (armed)"
	}
	if r.Input&bitLevelWake != 0 {
		words[1] = "wakes by the level"
	}
	if r.Input&bitLevelRing != 0 {
		words = append(words, "RI by the level")
	}
	return words
}

func (r Registers) ioWords() []string {
	words := []string{"EXTOUT " + level(r.Out()), "EXTIN " + level(r.In())}
	if r.IO&bitSwitch != 0 {
		words = append(words, "switch pressed")
	}
	return words
}

func volts(mv int) string { return fmt.Sprintf("%d.%02d V", mv/1000, mv%1000/10) }

func level(high bool) string {
	if high {
		return "high"
	}
	return "low"
}

func orOff(v int, words string) string {
	if v == 0 {
		return "off"
	}
	return words
}

func orNothing(words string) string {
	if words == "" {
		return "nothing that the board names"
	}
	return words
}

func held(what string, seconds byte) string {
	switch seconds {
	case 0:
		return what + " is not held"
	case 255:
		return what + " has been held for 255 s or more"
	}
	return fmt.Sprintf("%s has been held for %d s", what, seconds)
}
