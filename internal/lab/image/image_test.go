package image

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unpack writes an archive below dir as an engine would.
func unpack(t *testing.T, data []byte, dir string) []string {
	t.Helper()
	var names []string
	tr := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		path := filepath.Join(dir, h.Name)
		if h.Typeflag == tar.TypeDir {
			mkdir(t, path)
			continue
		}
		mkdir(t, filepath.Dir(path))
		content, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, h.FileInfo().Mode()); err != nil {
			t.Fatal(err)
		}
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func build(t *testing.T, kind Kind, page string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, kind, page); err != nil {
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, exec.ErrNotFound) {
			if os.Getenv("CI") == "" {
				t.Skipf("SKIPPED: %v", err)
			}
		}
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestProgramsRunInTheirRoot runs each image's program with nothing around
// it but the image.
func TestProgramsRunInTheirRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("chroot needs root, and CI is set")
		}
		t.Skip("SKIPPED: chroot needs root")
	}
	for _, c := range []struct {
		kind Kind
		argv []string
		want string
	}{
		{Apache, []string{"/usr/sbin/apache2", "-f", "/etc/apache2/lab.conf", "-t"}, "Syntax OK"},
		{Busybox, []string{"/bin/busybox", "cat", "/www/index.html"}, "hello"},
	} {
		dir := t.TempDir()
		unpack(t, build(t, c.kind, "hello"), dir)
		mkdir(t, dir+"/dev")
		cmd := exec.Command("chroot", append([]string{dir}, c.argv...)...)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v: %s", c.kind, err, out)
		}
	}
}

func TestArchivesAreRepeatable(t *testing.T) {
	for _, kind := range []Kind{Apache, Busybox} {
		a, b := build(t, kind, "x"), build(t, kind, "x")
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two archives of equal content differ", kind)
		}
		if bytes.Equal(a, build(t, kind, "y")) {
			t.Errorf("%s: the page is not in the archive", kind)
		}
	}
}

// TestApacheCarriesWhatLddDoesNotSee: see the comment in apacheFiles.
func TestApacheCarriesWhatLddDoesNotSee(t *testing.T) {
	names := unpack(t, build(t, Apache, "x"), t.TempDir())
	if !slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, "/libgcc_s.so.1") }) {
		t.Errorf("no libgcc_s.so.1 among %q", names)
	}
}

func TestUnknownKind(t *testing.T) {
	if err := Write(io.Discard, "nginx", ""); !errors.Is(err, ErrUnknownKind) {
		t.Errorf("got %v, want ErrUnknownKind", err)
	}
	if len(Changes("nginx")) != 0 || len(Changes(Apache)) == 0 || len(Changes(Busybox)) == 0 {
		t.Error("instructions are for the known images only")
	}
}

func TestParseLdd(t *testing.T) {
	const out = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibc.so.6 => /lib/libc.so.6 (0x00007f)\n\t/lib64/ld-linux.so.2 (0x0)\n\tlibx.so => not found\n"
	if got := parseLdd(out); !slices.Equal(got, []string{"/lib/libc.so.6", "/lib64/ld-linux.so.2"}) {
		t.Errorf("got %q", got)
	}
}
