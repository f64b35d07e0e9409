package sleepi3

// Registers of the slee-Pi 3; words are little-endian.
const (
	regVoltage1  = 0x00   // word: CN1 input, mV
	regVoltage2  = 0x02   // word: CN2 input, mV
	regRestore   = 0x04   // word: voltage from which the board gives power again, mV, 0 = off
	regADC       = 0x06   // byte: s between two measurements of the voltages
	regSwitchSec = 0x07   // byte: s the push switch has been held, at most 255
	regExtinSec  = 0x08   // byte: s EXTIN has been asserted, at most 255
	regWatchdog  = 0x09   // byte: s without heartbeat until the board acts, 0 = off
	regSleep     = 0x0A   // byte: s from shutdown to power off
	regWatchCtl  = 0x0B   // byte: what a watchdog time-out does
	regInput     = 0x0C   // byte: what EXTIN does
	regIO        = 0x0D   // byte: EXTOUT, EXTIN, switch
	regWakeup    = 0x0E   // byte: why power came on
	regVersion   = 0x0F   // byte: firmware version
	bitRestart   = 1 << 0 // watchdog_control.rste: re-power (1) or stay off (0)
	bitUVLO      = 1 << 2 // watchdog_control.uvlo: power off when the voltage is low
	bitArmed     = 1 << 0 // input_control.eipde: EXTIN held 10 s cuts the power
	bitLevelWake = 1 << 1 // input_control.eitrg: EXTIN wakes by level (1) or edge (0)
	bitLevelRing = 1 << 2 // input_control.ritrg: RI wakes by level (1) or edge (0)
	bitOut       = 1 << 0 // io_status.eo: EXTOUT
	bitIn        = 1 << 1 // io_status.ei: EXTIN
	bitSwitch    = 1 << 2 // io_status.sw: push switch
)

// Wake is the wakeup_status register: why the Pi was given power. Several bits
// can be set, and nobody has measured when the board clears them.
type Wake byte

// Bits of Wake.
const (
	WakePowerOn Wake = 1 << iota
	WakeWatchdog
	WakeAlarm
	WakeSwitch
	WakeExtin
	WakeRI
	WakeRestoration
)

// wakeNames are the vendor's words, by bit.
var wakeNames = [...]string{"poweron", "watchdog", "alarm", "switch", "extin", "ri", "restoration"}

// Names lists the set bits in the vendor's words, lowest bit first.
func (w Wake) Names() []string {
	var names []string
	for bit, name := range wakeNames {
		if w&(1<<bit) != 0 {
			names = append(names, name)
		}
	}
	return names
}
