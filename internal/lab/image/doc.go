// Package image makes the root file systems of the lab's containers from the
// programs of the machine, because a lab needs no registry: the real Apache
// (Debian's apache2 with the libraries it links) and a small busybox httpd.
//
// It writes tar archives for `docker import` and the Dockerfile instructions
// that go with them. It must not talk to an engine or the network.
package image
