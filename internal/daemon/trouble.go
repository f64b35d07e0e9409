package daemon

import (
	"strings"

	"github.com/futago-ha/futago/membership"
	"github.com/futago-ha/futago/scheduler"
)

// troubleNote says in the operator's words what keeps the pair apart.
func (d *Daemon) troubleNote(t membership.Trouble) scheduler.Note {
	self := d.opts.node().Name
	text := strings.TrimSuffix(t.Text, ".")
	if who, why, refused := strings.Cut(text, " was refused because "); refused {
		if rest, stranger := strings.CutPrefix(who, "An unknown "); stranger {
			who = "an unknown " + rest
		}
		text = self + " refused " + who + ", because " + why
	}
	level := scheduler.Critical
	if t.Code == membership.PeerMoved {
		level = scheduler.Warning
	}
	return scheduler.Note{Level: level, Code: string(t.Code), Text: ascii(text), Do: d.troubleRemedy(t.Code)}
}

func (d *Daemon) troubleRemedy(code membership.Code) string {
	switch code {
	case membership.KeyMismatch:
		return "copy " + d.opts.Config.KeyFile + " from one node to the other; sudo systemctl restart futago there"
	case membership.NotEncrypted, membership.OtherCluster, membership.UnknownNode:
		return "compare cluster and node names on both nodes: sudo futago check; find out what has that address"
	case membership.NameConflict:
		return "sudo systemctl stop futago on the machine that is not of the pair"
	case membership.PeerMoved:
		return "compare the addresses on both nodes: sudo futago check"
	case membership.AddressInUse:
		return "sudo ss -lnpu; stop the program that has the port"
	case membership.AddressMissing:
		return "ip -brief address; sudo futago check"
	case membership.MetadataUnreadable:
		return "futago version on both nodes; install the same"
	}
	return "sudo futago check"
}
