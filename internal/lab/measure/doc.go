// Package measure tells what a client of the pair notices: it asks the VIP
// over HTTP at a fixed pace, each time on a new connection, and asks the
// network by ARP who has the VIP.
//
// The child (RunChild) runs inside the client's network namespace and only
// records; Watch starts it and collects; Report judges the record. It must
// not know the lab beyond a network namespace to run in.
package measure
