#!/bin/sh
# Runs where the daemon runs, in all its confinement, and says what can be done there: one line per deed.
# $1: a process of another user.
try() { # the deed's name, then its command
	name=$1
	shift
	if out=$("$@" 2>&1); then echo "$name: yes"; else echo "$name: no: $(echo "$out" | tail -1)"; fi
}
other=$1
deed() { try "$1" sh -c "$2" "$other"; }

echo "capabilities: $(sed -n 's/^CapEff:\t*//p' /proc/self/status)"

deed "feed the LED" 'echo 255 >/sys/class/leds/sleepi:led0/brightness'
deed "open the I2C bus" ': <>/dev/i2c-7'
deed "see a process of another user" 'cat /proc/$0/cgroup'
deed "kill a process of another user" 'kill -9 $0'
deed "read the clock's state" 'busybox adjtimex'
deed "set an address" 'ip address add 198.51.100.77/32 dev ve0 && ip address del 198.51.100.77/32 dev ve0'
deed "send raw frames" 'arping -c 1 -w 100000 -i ve0 198.51.100.9 2>&1 | grep "1 packets transmitted"'
deed "ask systemd for its jobs" 'systemctl list-jobs --no-legend --plain'
deed "ask for a reboot" 'systemctl --no-block reboot'
deed "write its state" ': >/var/lib/futago/probe && rm /var/lib/futago/probe'
[ ! -e /proc/sysrq-trigger ] || deed "write to sysrq" 'echo b >/proc/sysrq-trigger'

deed "open another device" ': </dev/forbidden'
deed "make a device" 'mknod /var/lib/futago/null c 1 3'
deed "write to /etc" ': >/etc/probe'
deed "write to /usr" ': >/usr/bin/probe'
deed "write to /var" ': >/var/probe'
deed "write to /tmp" ': >/tmp/probe'
deed "look into /root" 'ls /root/.'
deed "change the kernel" ': >>/sys/kernel/rcu_expedited'
deed "mount" 'mount -t tmpfs tmpfs /var/lib/futago'
deed "leave its namespaces" 'unshare -n true'
deed "become another user" 'setpriv --reuid=54321 --clear-groups true'
deed "set the clock" 'date -s "$(date)"'
deed "change a control group" 'mkdir /sys/fs/cgroup/systemd/probe'
