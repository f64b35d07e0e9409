package image

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"time"
)

// Kind is a container image the lab can make.
type Kind string

// The images the lab can make. Their names are what configurations ask for.
const (
	Apache  Kind = "httpd"   // Debian's apache2, first process, ends at SIGTERM
	Busybox Kind = "busybox" // busybox httpd under a shell, ends at SIGTERM
)

// epoch is the time of every file, so that equal content gives equal archives.
var epoch = time.Date(2024, 6, 21, 0, 0, 0, 0, time.UTC)

// ErrUnknownKind is returned for an image this package cannot make.
var ErrUnknownKind = errors.New("unknown image")

// Write writes the image's root file system as a tar archive. page is served
// at "/" on port 80; the lab puts the node's name there, so that a client
// sees who answered.
func Write(w io.Writer, kind Kind, page string) error {
	var files fileSet
	var err error
	switch kind {
	case Apache:
		files, err = apacheFiles(page)
	case Busybox:
		files, err = busyboxFiles(page)
	default:
		err = fmt.Errorf("%w %q", ErrUnknownKind, kind)
	}
	if err != nil {
		return fmt.Errorf("collect files of image %s: %w", kind, err)
	}
	if err := files.writeTar(w); err != nil {
		return fmt.Errorf("write image %s: %w", kind, err)
	}
	return nil
}

// Changes returns the Dockerfile instructions for `docker import --change`.
func Changes(kind Kind) []string {
	switch kind {
	case Apache:
		return []string{`CMD ["/usr/sbin/apache2","-D","FOREGROUND","-f","/etc/apache2/lab.conf"]`, "EXPOSE 80"}
	case Busybox:
		// busybox httpd as first process would ignore SIGTERM (no handler)
		// and cost ten seconds at every stop; the shell has one.
		return []string{`CMD ["/bin/busybox","sh","-c","trap 'exit 0' TERM; busybox httpd -f -p 80 -h /www & wait"]`, "EXPOSE 80"}
	}
	return nil
}

// fileSet maps a path in the image to its content; either from holds a file
// of this machine or text the content itself.
type fileSet map[string]file

type file struct {
	from string
	text string
	mode int64
	dir  bool
}

func (s fileSet) writeTar(w io.Writer) error {
	paths := make([]string, 0, len(s))
	for p := range s {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	tw := tar.NewWriter(w)
	for _, p := range paths {
		if err := s[p].write(tw, p); err != nil {
			return err
		}
	}
	return tw.Close()
}

func (f file) write(tw *tar.Writer, path string) error {
	header := &tar.Header{Name: path[1:], Mode: f.mode, ModTime: epoch, Typeflag: tar.TypeReg, Size: int64(len(f.text))}
	if f.dir {
		header.Typeflag, header.Name, header.Size = tar.TypeDir, header.Name+"/", 0
		return tw.WriteHeader(header)
	}
	if f.from == "" {
		if err := tw.WriteHeader(header); err != nil {
			return err
		}
		_, err := io.WriteString(tw, f.text)
		return err
	}
	return f.copyFile(tw, header)
}

func (f file) copyFile(tw *tar.Writer, header *tar.Header) error {
	in, err := os.Open(f.from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	header.Size = info.Size()
	if err := tw.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(tw, in)
	return err
}
