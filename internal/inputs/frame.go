package inputs

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// A file is frames, one after the other:
//
//	3 bytes  f7 'f' 'j'
//	1 byte   version of the format
//	1 byte   kind: 'B' begins a block, 'S' has steps of it
//	8 bytes  number of the block: when it began, ns since 1970
//	4 bytes  number of the frame in its block, from 0
//	4 bytes  length of what follows the checksum
//	4 bytes  CRC-32C of all of the above from the version on, and of what follows
//	...
//
// all numbers little endian. Each is written by one call, so a loss of power or
// a full disk tears the last at most.
const (
	version    = 1
	headBytes  = 3 + 1 + 1 + 8 + 4 + 4 + 4
	frameMost  = 1 << 20 // bytes after the checksum
	kindBlock  = 'B'
	kindSteps  = 'S'
	versionAt  = 3
	checksumAt = headBytes - 4
)

var marker = []byte{0xf7, 'f', 'j'}

// frame is one of a file.
type frame struct {
	version byte
	kind    byte
	block   uint64
	index   uint32
	payload []byte
}

// bytes writes the frame out.
func (f frame) bytes() []byte {
	b := make([]byte, 0, headBytes+len(f.payload))
	b = append(b, marker...)
	b = append(b, f.version, f.kind)
	b = binary.LittleEndian.AppendUint64(b, f.block)
	b = binary.LittleEndian.AppendUint32(b, f.index)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(f.payload)))
	b = binary.LittleEndian.AppendUint32(b, f.checksum(b[versionAt:]))
	return append(b, f.payload...)
}

func (f frame) checksum(head []byte) uint32 {
	return crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, f.payload)
}

// scan calls to for every whole frame of a file and returns how many bytes
// belong to none: torn, overwritten, or of something else.
func scan(file []byte, to func(frame)) (damaged int) {
	for len(file) > 0 {
		f, size := parse(file)
		if size > 0 {
			to(f)
			file = file[size:]
			continue
		}
		next := bytes.Index(file[1:], marker)
		if next < 0 {
			return damaged + len(file)
		}
		damaged += next + 1
		file = file[next+1:]
	}
	return damaged
}

// parse reads the frame with which b begins; the size is 0 when there is none.
func parse(b []byte) (f frame, size int) {
	if len(b) < headBytes || !bytes.HasPrefix(b, marker) {
		return f, 0
	}
	le := binary.LittleEndian
	f = frame{version: b[versionAt], kind: b[4], block: le.Uint64(b[5:]), index: le.Uint32(b[13:])}
	length := le.Uint32(b[17:])
	if length > frameMost || int(length) > len(b)-headBytes {
		return f, 0
	}
	f.payload = b[headBytes : headBytes+int(length)]
	if f.checksum(b[versionAt:checksumAt]) != le.Uint32(b[checksumAt:]) {
		return f, 0
	}
	return f, headBytes + int(length)
}
