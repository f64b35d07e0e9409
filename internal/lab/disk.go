package lab

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/template"

	"golang.org/x/sys/unix"

	"github.com/futago-ha/futago/internal/lab/image"
)

// disk is what a node keeps while it has no power, and the few files by which
// the lab plays its kernel. It is a directory of the machine.
type disk struct{ dir string }

func (d disk) path(name string) string { return filepath.Join(d.dir, name) }

func (d disk) bootID() string    { return d.path("boot_id") }
func (d disk) sysrq() string     { return d.path("sysrq-trigger") }
func (d disk) etcFutago() string { return d.path("etc-futago") }
func (d disk) sleepi3() string   { return d.path("sleepi3") }
func (d disk) varFutago() string { return d.path("var-lib-futago") }
func (d disk) varDocker() string { return d.path("var-lib-docker") }
func (d disk) console() string   { return d.path("console.log") }
func (d disk) image(k image.Kind) string {
	return d.path("image-" + string(k) + ".tar")
}

// articleConfig is the configuration file of both nodes.
var articleConfig = template.Must(template.New("futago.toml").Parse(`cluster  = "apache"
key_file = "/etc/futago/key"
{{range .Nodes}}
[[node]]
name    = "{{.Name}}"
address = "{{.Addr}}"
{{end}}
[service]
preferred = "{{(index .Nodes 0).Name}}"
failback  = "auto"

[[service.container]]
name    = "httpd-test"
image   = "{{.Image}}"
ports   = ["80:80"]
overlap = true
health.http = "http://127.0.0.1:80/"

[service.vip]
address = "{{.VIP}}"

[fence]
device = "sleepi3"
`))

// articleSleepi3 is /etc/default/sleepi3 after the article's edit.
const articleSleepi3 = `I2C_ADDRESS=0x6E
I2C_BUS=1
EXTIN_FORCED_SHUTDOWN=1
HEARTBEAT_TIMEOUT=60
`

// format makes the disks of both nodes. What is on them from an earlier lab
// of this name stays, except what the options say anew.
func formatDisks(o Options) error {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	conf := o.Config
	if conf == "" {
		var b bytes.Buffer
		if err := articleConfig.Execute(&b, o); err != nil {
			return fmt.Errorf("render configuration: %w", err)
		}
		conf = b.String()
	}
	for i, node := range o.Nodes {
		if err := (disk{o.nodeDir(i)}).format(o, node, conf, key); err != nil {
			return fmt.Errorf("format disk of %s: %w", node.Name, err)
		}
	}
	return nil
}

func (d disk) format(o Options, node NodeOptions, conf string, key []byte) error {
	for _, dir := range []string{d.etcFutago(), d.varFutago(), d.varDocker()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	sleepi3 := o.Sleepi3
	setDefault(&sleepi3, articleSleepi3)
	err := errors.Join(
		os.WriteFile(filepath.Join(d.etcFutago(), "futago.toml"), []byte(conf), 0o644),
		os.WriteFile(filepath.Join(d.etcFutago(), "key"), []byte(base64.StdEncoding.EncodeToString(key)+"\n"), 0o600),
		os.WriteFile(d.sleepi3(), []byte(sleepi3), 0o644),
		makeFIFO(d.sysrq()),
	)
	if err != nil || o.NoEngine {
		return err
	}
	return d.writeImage(o.Image, node.Name)
}

func makeFIFO(path string) error {
	if err := unix.Mkfifo(path, 0o600); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("make FIFO %s: %w", path, err)
	}
	return nil
}

// writeImage writes the service's image; its page is the node's name.
func (d disk) writeImage(kind image.Kind, page string) error {
	f, err := os.Create(d.image(kind))
	if err != nil {
		return err
	}
	return errors.Join(image.Write(f, kind, page+"\n"), f.Close())
}

// newBootID writes a fresh boot id, a random UUID as the kernel's
// /proc/sys/kernel/random/boot_id is one.
func (d disk) newBootID() (string, error) {
	var u [16]byte
	if _, err := rand.Read(u[:]); err != nil {
		return "", fmt.Errorf("make boot id: %w", err)
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	id := fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
	if err := os.WriteFile(d.bootID(), []byte(id+"\n"), 0o444); err != nil {
		return "", fmt.Errorf("write boot id: %w", err)
	}
	return id, nil
}
