package sleepi3

import (
	"fmt"
	"time"
)

// readByte is SMBus "read byte data": the register, a repeated start, one byte.
func (d *Dev) readByte(reg byte) (byte, error) {
	var r [1]byte
	err := d.tx([]byte{reg}, r[:])
	return r[0], err
}

// readWord is SMBus "read word data", low byte first.
func (d *Dev) readWord(reg byte) (int, error) {
	var r [2]byte
	err := d.tx([]byte{reg}, r[:])
	return int(r[0]) | int(r[1])<<8, err
}

// writeByte is SMBus "write byte data".
func (d *Dev) writeByte(reg, v byte) error { return d.tx([]byte{reg, v}, nil) }

// tx is one transfer with its retries. Every access of this package may be
// repeated without harm.
func (d *Dev) tx(w, r []byte) error {
	err := d.bus.Tx(d.opts.Addr, w, r)
	for range d.opts.Retries {
		if err == nil {
			return nil
		}
		time.Sleep(d.opts.Pause)
		err = d.bus.Tx(d.opts.Addr, w, r)
	}
	if err != nil {
		return fmt.Errorf("register 0x%02X, %d tries: %w", w[0], d.opts.Retries+1, err)
	}
	return nil
}

// setBits changes the bits of mask to those of v and leaves the others.
func (d *Dev) setBits(reg, mask, v byte) error {
	old, err := d.readByte(reg)
	if err != nil {
		return err
	}
	return d.writeByte(reg, old&^mask|v)
}

// change is setBits with a look whether it was taken.
func (d *Dev) change(reg, mask, v byte) error {
	if err := d.setBits(reg, mask, v); err != nil {
		return err
	}
	return d.check(reg, mask, v)
}

// writeBack writes a whole register and looks whether it was taken.
func (d *Dev) writeBack(reg, v byte) error {
	if err := d.writeByte(reg, v); err != nil {
		return err
	}
	return d.check(reg, 0xFF, v)
}

func (d *Dev) check(reg, mask, want byte) error {
	got, err := d.readByte(reg)
	if err != nil {
		return err
	}
	if got&mask != want {
		return fmt.Errorf("register 0x%02X reads 0x%02X after writing 0x%02X: %w", reg, got&mask, want, ErrNotTaken)
	}
	return nil
}

func pick(on bool, bit byte) byte {
	if on {
		return bit
	}
	return 0
}
