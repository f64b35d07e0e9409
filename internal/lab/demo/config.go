package demo

import (
	"fmt"
	"time"

	"github.com/futago-ha/futago/internal/lab/image"
)

const (
	bootDelay     = 3 * time.Second
	failbackDelay = 5 * time.Second
	startWait     = 10 * time.Second
)

// configuration is the article's, with shorter waits so that a run does not
// take an hour. Hold and the times of the boards are as on a Pi.
func configuration(kind image.Kind, overlap bool) string {
	return fmt.Sprintf(`cluster  = "apache"
key_file = "/etc/futago/key"

[[node]]
name    = "raspberrypi-1"
address = "192.0.2.211"
[[node]]
name    = "raspberrypi-2"
address = "192.0.2.179"

[service]
preferred      = "raspberrypi-1"
failback       = "auto"
failback_delay = %q

[[service.container]]
name    = "httpd-test"
image   = %q
ports   = ["80:80"]
overlap = %t
health.http = "http://127.0.0.1:80/"

[service.vip]
address = "192.0.2.215/24"

[fence]
device     = "sleepi3"
start_wait = %q
`, failbackDelay, kind, overlap, startWait)
}
