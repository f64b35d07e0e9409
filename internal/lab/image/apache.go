package image

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	apacheBinary  = "/usr/sbin/apache2"
	apacheModules = "/usr/lib/apache2/modules"
)

// modules are what a static page needs.
var modules = []string{"mpm_event", "authz_core", "dir", "mime"}

const apacheConf = `ServerRoot /etc/apache2
ServerName httpd-test
DefaultRuntimeDir /run/apache2
PidFile /run/apache2/apache2.pid
User www-data
Group www-data
Listen 80
ErrorLog /dev/stderr
LogLevel notice
StartServers 1
ThreadsPerChild 25
TypesConfig /dev/null
DocumentRoot /var/www/html
DirectoryIndex index.html
`

func apacheFiles(page string) (fileSet, error) {
	files := fileSet{
		"/etc/apache2":             {dir: true, mode: 0o755},
		"/etc/passwd":              {text: "root:x:0:0::/root:/sbin/nologin\nwww-data:x:33:33::/var/www:/sbin/nologin\n", mode: 0o644},
		"/etc/group":               {text: "root:x:0:\nwww-data:x:33:\n", mode: 0o644},
		"/etc/nsswitch.conf":       {text: "passwd: files\ngroup: files\n", mode: 0o644},
		"/run/apache2":             {dir: true, mode: 0o755},
		"/tmp":                     {dir: true, mode: 0o1777},
		"/var/www/html/index.html": {text: page, mode: 0o644},
		apacheBinary:               {from: apacheBinary, mode: 0o755},
	}
	conf := apacheConf
	programs := []string{apacheBinary}
	for _, m := range modules {
		path := filepath.Join(apacheModules, "mod_"+m+".so")
		files[path] = file{from: path, mode: 0o644}
		programs = append(programs, path)
		conf += fmt.Sprintf("LoadModule %s_module %s\n", m, path)
	}
	files["/etc/apache2/lab.conf"] = file{text: conf, mode: 0o644}
	if _, err := os.Stat(apacheBinary); err != nil {
		return nil, fmt.Errorf("apache2 is not installed (apt install apache2-bin): %w", err)
	}
	// glibc loads this by itself when a thread ends: ldd does not see it, and
	// without it the first worker that retires takes the server down.
	unwinders, err := filepath.Glob("/lib/*/libgcc_s.so.1")
	if err != nil || len(unwinders) == 0 {
		return nil, fmt.Errorf("libgcc_s.so.1 is not installed: %w", errors.Join(err, os.ErrNotExist))
	}
	for _, lib := range unwinders {
		files[lib] = file{from: lib, mode: 0o644}
	}
	return files, files.addLibraries(programs)
}

func busyboxFiles(page string) (fileSet, error) {
	path, err := exec.LookPath("busybox")
	if err != nil {
		return nil, fmt.Errorf("busybox is not installed (apt install busybox-static): %w", err)
	}
	files := fileSet{
		"/bin/busybox":    {from: path, mode: 0o755},
		"/www/index.html": {text: page, mode: 0o644},
		"/tmp":            {dir: true, mode: 0o1777},
	}
	return files, files.addLibraries([]string{path})
}

// addLibraries adds what the programs link, the loader included.
func (s fileSet) addLibraries(programs []string) error {
	for _, p := range programs {
		out, err := exec.Command("ldd", p).CombinedOutput()
		if err != nil {
			if strings.Contains(string(out), "not a dynamic executable") {
				continue
			}
			return fmt.Errorf("list libraries of %s: %w: %s", p, err, out)
		}
		for _, lib := range parseLdd(string(out)) {
			s[lib] = file{from: lib, mode: 0o755}
		}
	}
	return nil
}

// parseLdd returns the absolute paths of ldd(1)'s lines, either
// "name => /path (address)" or "/path (address)".
func parseLdd(out string) []string {
	var libs []string
	for line := range strings.Lines(out) {
		_, after, found := strings.Cut(line, "=>")
		if !found {
			after = line
		}
		if f := strings.Fields(after); len(f) > 0 && strings.HasPrefix(f[0], "/") {
			libs = append(libs, f[0])
		}
	}
	return libs
}
