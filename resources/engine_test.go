package resources

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

// testEngine is a real dockerd, shared by the package's tests.
type testEngine struct {
	dir string
	cmd *exec.Cmd
	raw *client.Client // past the code under test
}

var shared *testEngine

const insideEnv = "FUTAGO_TEST_INSIDE"

// TestMain runs the tests in namespaces of their own: network, so that the ports and the engine's bridge touch nothing of
// the machine; processes, so that nothing survives whatever happens; mounts, so that nothing stays mounted.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.fuzzworker"); f != nil && f.Value.String() == "true" {
		os.Exit(m.Run())
	}
	if os.Getenv(insideEnv) != "" {
		os.Exit(runInside(m))
	}
	if err := canHaveEngine(); err != nil {
		fmt.Fprintln(os.Stderr, "NO DOCKER ENGINE, so most tests of this package are skipped:", err)
		if os.Getenv("CI") != "" {
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	os.Exit(runOutside())
}

func canHaveEngine() error {
	if os.Getuid() != 0 {
		return errors.New("not root")
	}
	for _, program := range []string{"dockerd", "containerd", "iptables", "ip", "busybox"} {
		if _, err := exec.LookPath(program); err != nil {
			return err
		}
	}
	return nil
}

// runOutside runs this binary again in new namespaces.
func runOutside() int {
	dir, err := os.MkdirTemp("", "ftr")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), insideEnv+"="+dir)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID, Unshareflags: syscall.CLONE_NEWNS,
	}
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return max(1, exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// runInside prepares the namespaces and the engine and runs the tests.
func runInside(m *testing.M) int {
	e := &testEngine{dir: os.Getenv(insideEnv)}
	err := errors.Join(
		syscall.Mount("proc", "/proc", "proc", 0, ""),
		syscall.Mount("tmpfs", "/run", "tmpfs", 0, ""),
		exec.Command("ip", "link", "set", "lo", "up").Run())
	if err == nil {
		err = e.boot()
	}
	if err == nil {
		err = e.importImages()
	}
	defer e.end(syscall.SIGTERM)
	if err != nil {
		fmt.Fprintln(os.Stderr, "test engine:", err)
		return 1
	}
	shared = e
	return m.Run()
}

func (e *testEngine) host() string { return "unix://" + filepath.Join(e.dir, "s") }

// boot starts dockerd and waits until it answers.
func (e *testEngine) boot() error {
	log, err := os.OpenFile(filepath.Join(e.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	e.cmd = exec.Command("dockerd", "--data-root", filepath.Join(e.dir, "data"), "--exec-root", filepath.Join(e.dir, "exec"),
		"-H", e.host(), "--pidfile", filepath.Join(e.dir, "pid"))
	e.cmd.Stdout, e.cmd.Stderr = log, log
	if err := e.cmd.Start(); err != nil {
		return err
	}
	if e.raw, err = client.NewClientWithOpts(client.WithHost(e.host()), client.WithAPIVersionNegotiation()); err != nil {
		return err
	}
	for end := time.Now().Add(time.Minute); ; <-time.After(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		_, err := e.raw.Ping(ctx)
		cancel()
		if err == nil {
			return nil
		}
		if time.Now().After(end) {
			text, _ := os.ReadFile(filepath.Join(e.dir, "log"))
			return fmt.Errorf("dockerd did not answer: %w: %s", err, text[max(0, len(text)-2000):])
		}
	}
}

// signal sends one to dockerd: SIGSTOP makes it hang, when it returns.
func (e *testEngine) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := e.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(giveUp); sig == syscall.SIGSTOP && !e.stands(); {
		if time.Now().After(end) {
			t.Fatal("dockerd does not stop")
		}
		<-time.After(time.Millisecond)
	}
}

// stands says that no thread of dockerd runs any more (proc(5), stat): each stops
// by itself, and one that has not yet may answer still.
func (e *testEngine) stands() bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", e.cmd.Process.Pid))
	for _, path := range threads {
		stat, err := os.ReadFile(path)
		if _, after, found := strings.Cut(string(stat), ") "); err == nil && found && after[0] != 'T' {
			return false
		}
	}
	return true
}

// end stops dockerd with a signal and waits for it.
func (e *testEngine) end(sig syscall.Signal) {
	if e.cmd == nil || e.cmd.Process == nil {
		return
	}
	e.raw.Close()
	_ = e.cmd.Process.Signal(sig)
	_ = e.cmd.Process.Signal(syscall.SIGCONT)
	_ = e.cmd.Wait()
	e.cmd = nil
}

// The images: web answers on port 80 and obeys SIGTERM; deaf ignores it; sick has a HEALTHCHECK that needs /ok.
func (e *testEngine) importImages() error {
	root, err := busyboxTar()
	if err != nil {
		return err
	}
	serve := `trap "exit 0" TERM; /busybox httpd -f -p 80 -h /www & echo $! > /pid; while :; do /busybox sleep 0.1; done`
	deaf := `trap "" TERM; while :; do /busybox sleep 1; done`
	for name, changes := range map[string][]string{
		"web":   {`CMD ["/busybox","sh","-c",` + quote(serve) + `]`},
		"deaf":  {`CMD ["/busybox","sh","-c",` + quote(deaf) + `]`},
		"brief": {`CMD ["/busybox","false"]`},
		"checked": {
			`CMD ["/busybox","sh","-c",` + quote(serve) + `]`,
			`HEALTHCHECK --interval=1s --timeout=2s --retries=1 CMD ["/busybox","test","!","-e","/sick"]`,
		},
	} {
		body, err := e.raw.ImageImport(context.Background(), image.ImportSource{Source: bytes.NewReader(root), SourceName: "-"},
			name, image.ImportOptions{Tag: "latest", Changes: changes})
		if err != nil {
			return fmt.Errorf("import %s: %w", name, err)
		}
		_, err = io.Copy(io.Discard, body)
		body.Close()
		if err != nil {
			return fmt.Errorf("import %s: %w", name, err)
		}
	}
	return nil
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

func busyboxTar() ([]byte, error) {
	busybox, err := os.ReadFile("/bin/busybox")
	if err != nil {
		return nil, fmt.Errorf("busybox-static is needed: %w", err)
	}
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range []struct {
		name string
		data []byte
	}{{"busybox", busybox}, {"www/index.html", []byte("ok\n")}, {"tmp/x", nil}} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o755, Size: int64(len(f.data))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), w.Close()
}

// needEngine skips loudly without an engine (with CI set TestMain has failed already).
func needEngine(t testing.TB) *testEngine {
	t.Helper()
	if shared == nil {
		t.Skip("needs root, dockerd, ip and busybox-static")
	}
	return shared
}
