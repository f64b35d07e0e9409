package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Self finds which node this machine is and returns its index into Nodes; the other index is the peer's. The name
// given on the command line decides where there is one, else the host name up to its first dot.
func (c *Config) Self(given, hostname string) (int, error) {
	name, source := given, "--node"
	if given == "" {
		name, _, _ = strings.Cut(hostname, ".")
		source = "the host name"
	}
	for i, n := range c.Nodes {
		if strings.EqualFold(n.Name, name) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("which node this is: %s is %q (host name %q), the configuration names %s and %s",
		source, name, hostname, c.Nodes[0].Name, c.Nodes[1].Name)
}

// Digest is 32 hexadecimal digits that are equal for configurations of equal meaning, whatever their comments, their
// order of keys and the way a value is written. The nodes compare it to notice that their files differ.
func (c *Config) Digest() string {
	b, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("config: marshal a checked configuration: %v", err)) // only plain values are in it
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}
