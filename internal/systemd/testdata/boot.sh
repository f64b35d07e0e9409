#!/bin/sh
# Process 1 of a small machine: systemd with the shipped units and nothing of the real machine's.
# $1: folder with futago, units/, futago.toml and hostname. $2: name of the control groups to live in. $3: second half.
set -e
dir=$1 name=$2

group() { # mounts the hierarchy with options $2 at $1
	mkdir -p "$1"
	mount -t cgroup -o "$2" cgroup "$1"
}

if [ $# -eq 2 ]; then
	mount --make-rprivate /
	mount -t proc proc /proc
	# Groups of its own: named in the first half, seen as the root in the second.
	mount -t tmpfs tmpfs /run
	for c in none,name=systemd devices; do
		group /run/groups "$c" 2>/run/why || { [ "$c" = devices ] && continue; cat /run/why >&2; exit 1; }
		mkdir "/run/groups/$name"
		echo 0 >"/run/groups/$name/cgroup.procs"
		umount /run/groups
	done
	exec unshare -C "$0" "$1" "$2" second
fi

mount -t tmpfs tmpfs /run
# Those of the machine below go: an engine would find them in the list of mounts and fail at using them.
umount -R /sys/fs/cgroup
mount -t tmpfs tmpfs /sys/fs/cgroup
group /sys/fs/cgroup/systemd none,name=systemd
group /sys/fs/cgroup/devices devices 2>/dev/null || rmdir /sys/fs/cgroup/devices

# Devices: the usual ones, an I2C bus without hardware (opening it gives ENXIO where it is allowed) and one that no unit
# may open.
mount -t tmpfs -o mode=755 tmpfs /dev
mknod -m 666 /dev/null c 1 3
mknod -m 666 /dev/zero c 1 5
mknod -m 666 /dev/full c 1 7
mknod -m 666 /dev/random c 1 8
mknod -m 666 /dev/urandom c 1 9
mknod -m 660 /dev/i2c-7 c 89 7
mknod -m 660 /dev/forbidden c 1 11
{ cat /proc/devices; echo; } | sed '/^Character/a\ 89 i2c' >/run/devices
mount --bind /run/devices /proc/devices
# No other control groups than these: those of the machine below are not ours.
sed -n '1p;/^devices/p' /proc/cgroups >/run/cgroups
mount --bind /run/cgroups /proc/cgroups

# The board's LED is a file.
mount -t tmpfs -o mode=755 tmpfs /sys/class
mkdir -p /sys/class/leds/sleepi:led0
echo 0 >/sys/class/leds/sleepi:led0/brightness

# Nothing that is written here may reach the machine below.
if [ -e /proc/sysrq-trigger ]; then
	install -m 200 /dev/null /run/sysrq
	mount --bind /run/sysrq /proc/sysrq-trigger
fi
# The boot id of this machine and no other.
cat /proc/sys/kernel/random/uuid >/run/boot_id
mount --bind /proc/sys /proc/sys
mount --bind /run/boot_id /proc/sys/kernel/random/boot_id
mount -o remount,bind,ro /proc/sys
# This part belongs to the network namespace, and the engine sets it.
mount --bind /proc/sys/net /proc/sys/net
mount -o remount,bind,rw /proc/sys/net
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /run/user 2>/dev/null || mkdir /run/user
mkdir /run/layers
mount -t tmpfs tmpfs /run/layers
for d in etc usr/bin; do
	mkdir -p "/run/layers/$d/up" "/run/layers/$d/work"
	mount -t overlay -o "lowerdir=/$d,upperdir=/run/layers/$d/up,workdir=/run/layers/$d/work" overlay "/$d"
done
install -m 755 "$dir/futago" /usr/bin/futago
mkdir -p /etc/futago
install -m 644 "$dir/futago.toml" /etc/futago/futago.toml

install -m 644 "$dir/hostname" /etc/hostname
ip link set lo up
ip link add ve0 type veth peer name ve1
ip link set ve0 up
ip link set ve1 up

exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=futago-test "NOTIFY_SOCKET=$dir/notify" \
	"SYSTEMD_UNIT_PATH=$dir/units" /lib/systemd/systemd --system --unit=default.target \
	systemd.legacy_systemd_cgroup_controller=1 systemd.unified_cgroup_hierarchy=0
