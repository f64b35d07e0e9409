package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/vishvananda/netlink"
)

// apply brings every port of the switch to the wanted state.
//
//   - A cut uplink, a switched-off switch and a switched-off router are ports
//     that are down: the machine behind loses its carrier.
//   - A silent node's port leaves the bridge and stays up: the carrier stays,
//     no frame passes, as with a kernel that has panicked.
//   - A cut link makes both node ports "isolated": the bridge passes nothing
//     between isolated ports and everything else as before (bridge(8)).
//   - Loss and deafness are rules of nftables' bridge family.
func (n *network) apply() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	w := n.wanted
	errs := []error{
		n.setPort(portClient, !w.switchOff, true, false),
		n.setPort(portRouter, !w.switchOff && !w.routerOff, true, false),
	}
	for i := range n.opts.Nodes {
		errs = append(errs, n.setPort(portOf(i), !w.switchOff && !w.uplinkCut[i], !w.silent[i], w.linkCut))
	}
	return errors.Join(append(errs, n.applyRules(w))...)
}

// setPort does nothing for a port that is not there: a node without power.
func (n *network) setPort(name string, up, bridged, isolated bool) error {
	link, err := n.swLink.LinkByName(name)
	if notFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find %s: %w", name, err)
	}
	if err := n.setBridged(link, bridged, isolated); err != nil {
		return err
	}
	set := n.swLink.LinkSetDown
	if up {
		set = n.swLink.LinkSetUp
	}
	if err := set(link); err != nil {
		return fmt.Errorf("set %s up=%t: %w", name, up, err)
	}
	return nil
}

func (n *network) setBridged(link netlink.Link, bridged, isolated bool) error {
	name := link.Attrs().Name
	if !bridged {
		if err := n.swLink.LinkSetNoMaster(link); err != nil {
			return fmt.Errorf("take %s off the bridge: %w", name, err)
		}
		return nil
	}
	br, err := n.swLink.LinkByName(bridgeName)
	if err != nil {
		return fmt.Errorf("find %s: %w", bridgeName, err)
	}
	if link.Attrs().MasterIndex != br.Attrs().Index {
		if err := n.swLink.LinkSetMaster(link, br); err != nil {
			return fmt.Errorf("put %s on the bridge: %w", name, err)
		}
	}
	if err := n.swLink.LinkSetIsolated(link, isolated); err != nil {
		return fmt.Errorf("set %s isolated=%t: %w", name, isolated, err)
	}
	return nil
}

const ruleTable = "futago_lab"

// applyRules replaces the rules in one transaction. nft is only called when
// a rule is or may be wanted, so the plain lab works without it.
func (n *network) applyRules(w cabling) error {
	rules := ruleLines(w)
	if len(rules) == 0 && !n.ruled {
		return nil
	}
	script := renderRules(rules)
	err := n.thread.do(n.sw, func() error {
		cmd := exec.Command("nft", "-f", "-")
		cmd.Stdin = strings.NewReader(script)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("load rules by nft: %w: %s", err, bytes.TrimSpace(out))
		}
		return nil
	})
	n.ruled = err == nil && len(rules) > 0
	return err
}

// ruleLines renders loss and deafness. The address of the rule is the port,
// so a rule outlives the node's reboot.
func ruleLines(w cabling) []string {
	var rules []string
	for i := range w.deaf {
		if w.deaf[i] {
			rules = append(rules, fmt.Sprintf("iifname %q oifname %q drop", portOf(1-i), portOf(i)))
		}
		switch {
		case w.loss[i] == 100: // numgen's range does not reach it
			rules = append(rules, fmt.Sprintf("iifname %q drop", portOf(i)))
		case w.loss[i] > 0:
			rules = append(rules, fmt.Sprintf("iifname %q numgen random mod 100 < %d drop", portOf(i), w.loss[i]))
		}
	}
	return rules
}

func renderRules(rules []string) string {
	var b strings.Builder
	// "add" before "delete" makes the deletion work the first time too.
	fmt.Fprintf(&b, "add table bridge %s\ndelete table bridge %s\n", ruleTable, ruleTable)
	if len(rules) == 0 {
		return b.String()
	}
	fmt.Fprintf(&b, "table bridge %s {\n\tchain forward {\n\t\ttype filter hook forward priority 0; policy accept;\n", ruleTable)
	for _, r := range rules {
		fmt.Fprintf(&b, "\t\t%s\n", r)
	}
	b.WriteString("\t}\n}\n")
	return b.String()
}
