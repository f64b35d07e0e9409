package membership

import (
	"encoding/json"
	"fmt"

	"github.com/hashicorp/memberlist"
)

// Meta is what a node says about itself as long as it runs. A change of it
// proves a restart even when the peer was never missed.
type Meta struct {
	BootID  string `json:"boot"`    // the kernel's boot id
	Session uint64 `json:"session"` // incarnation of the daemon
	Version string `json:"version"` // of the program
}

// wireMeta is the metadata as it travels. Unknown keys are allowed, so that a
// newer peer is still met during an upgrade.
type wireMeta struct {
	Cluster string `json:"cluster"`
	Meta
}

// encodeMeta refuses what memberlist would panic on.
func encodeMeta(cluster string, meta Meta) ([]byte, error) {
	encoded, err := json.Marshal(wireMeta{cluster, meta})
	if err != nil {
		return nil, fmt.Errorf("encode metadata: %w", err)
	}
	if len(encoded) > memberlist.MetaMaxSize {
		return nil, fmt.Errorf("encode metadata: %d bytes exceed %d", len(encoded), memberlist.MetaMaxSize)
	}
	return encoded, nil
}

func decodeMeta(encoded []byte) (cluster string, meta Meta, err error) {
	if len(encoded) > memberlist.MetaMaxSize {
		return "", Meta{}, fmt.Errorf("decode metadata: %d bytes exceed %d", len(encoded), memberlist.MetaMaxSize)
	}
	var wire wireMeta
	if err := json.Unmarshal(encoded, &wire); err != nil {
		return "", Meta{}, fmt.Errorf("decode metadata: %w", err)
	}
	if err := checkName("cluster", wire.Cluster); err != nil {
		return "", Meta{}, fmt.Errorf("decode metadata: %w", err)
	}
	if err := checkStamp("boot id", wire.BootID, 1); err != nil {
		return "", Meta{}, fmt.Errorf("decode metadata: %w", err)
	}
	if err := checkStamp("version", wire.Version, 0); err != nil {
		return "", Meta{}, fmt.Errorf("decode metadata: %w", err)
	}
	return wire.Cluster, wire.Meta, nil
}
