package resources

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/client"
	"github.com/docker/go-connections/nat"
)

// The labels that make a container ours. They are an interface to operators and to older versions: never change them.
const (
	labelCluster = "io.futago.cluster"
	labelSpec    = "io.futago.spec"
	labelOverlap = "io.futago.overlap"
)

// seen is what the engine said about one container at one moment. The zero value is a container that does not exist.
type seen struct {
	Exists   bool
	ID       string
	Image    string // as it was named at creation
	ImageID  string
	Cluster  string // label
	Spec     string // label
	Overlap  bool   // label
	Running  bool   // paused and restarting included
	Paused   bool
	Pid      int // of the first process, in the engine's pid namespace; 0 when not running
	ExitCode int
	OOM      bool
	Health   string // docker's word, "" without a HEALTHCHECK
	Policy   string // restart policy, "no" when none
	Ends     []endpoint
}

// engine is the only place that knows the Docker client library. Every method ends when ctx does; none logs. Each error is
// a *Problem.
type engine struct {
	host      string // unix:///run/docker.sock
	cluster   string
	transport *http.Transport // one for all clients, so that close reaches every connection
	client    atomic.Pointer[client.Client]
}

func newEngine(host, cluster string) *engine {
	path := strings.TrimPrefix(host, "unix://")
	return &engine{host: host, cluster: cluster, transport: &http.Transport{
		MaxIdleConns: 4, IdleConnTimeout: time.Minute, DisableCompression: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}
}

// speak prepares a client for one API version, "" being the library's own.
func (e *engine) speak(version string) (*client.Client, error) {
	cli, err := client.NewClientWithOpts(client.WithHost(e.host), client.WithVersion(version),
		client.WithHTTPClient(&http.Client{Transport: e.transport}))
	if err != nil {
		return nil, &Problem{Code: EngineError, Text: "the engine's address " + e.host + " could not be used", Err: err}
	}
	return cli, nil
}

// connect asks for the engine's API version and prepares a client that speaks it. The library could negotiate by itself,
// but does so inside any call, under a lock that ignores the other callers' deadlines.
func (e *engine) connect(ctx context.Context) error {
	probe, err := e.speak("")
	if err != nil {
		return err
	}
	ping, err := probe.Ping(ctx)
	if err != nil {
		return e.problem("ping", err)
	}
	version := api.DefaultVersion
	if ping.APIVersion != "" && versions.LessThan(ping.APIVersion, version) {
		version = ping.APIVersion
	}
	cli, err := e.speak(version)
	if err != nil {
		return err
	}
	e.client.Store(cli)
	return nil
}

func (e *engine) api(ctx context.Context) (*client.Client, error) {
	if cli := e.client.Load(); cli != nil {
		return cli, nil
	}
	if err := e.connect(ctx); err != nil {
		return nil, err
	}
	return e.client.Load(), nil
}

// close drops idle connections.
func (e *engine) close() { e.transport.CloseIdleConnections() }

// inspect tells what the container of that name is; one that does not exist is no error.
func (e *engine) inspect(ctx context.Context, name string) (seen, error) {
	cli, err := e.api(ctx)
	if err != nil {
		return seen{}, err
	}
	c, err := cli.ContainerInspect(ctx, name)
	if errdefs.IsNotFound(err) {
		return seen{}, nil
	}
	if err != nil {
		return seen{}, e.problem("inspect "+name, err)
	}
	if c.ContainerJSONBase == nil || c.State == nil || c.Config == nil || c.HostConfig == nil {
		return seen{}, &Problem{Code: EngineError, Text: "the engine answered an inspection of " + name + " without its state"}
	}
	s := seen{
		Exists: true, ID: c.ID, Image: c.Config.Image, ImageID: c.Image,
		Cluster: c.Config.Labels[labelCluster], Spec: c.Config.Labels[labelSpec], Overlap: c.Config.Labels[labelOverlap] == "true",
		Running: c.State.Running || c.State.Paused || c.State.Restarting, Paused: c.State.Paused,
		Pid: c.State.Pid, ExitCode: c.State.ExitCode, OOM: c.State.OOMKilled, Policy: string(c.HostConfig.RestartPolicy.Name),
	}
	if s.Policy == "" {
		s.Policy = "no"
	}
	if c.NetworkSettings != nil {
		for _, n := range c.NetworkSettings.Networks {
			s.Ends = append(s.Ends, endpoint{n.IPAddress, n.MacAddress}, endpoint{n.GlobalIPv6Address, n.MacAddress})
		}
	}
	if c.State.Health != nil && c.State.Health.Status != container.NoHealthcheck {
		s.Health = c.State.Health.Status
	}
	return s, nil
}

// list names all containers that carry our cluster's label.
func (e *engine) list(ctx context.Context) ([]string, error) {
	cli, err := e.api(ctx)
	if err != nil {
		return nil, err
	}
	all, err := cli.ContainerList(ctx, container.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("label", labelCluster+"="+e.cluster)),
	})
	if err != nil {
		return nil, e.problem("list containers", err)
	}
	var names []string
	for _, c := range all {
		if len(c.Names) > 0 {
			names = append(names, strings.TrimPrefix(c.Names[0], "/"))
		}
	}
	sort.Strings(names)
	return names, nil
}

// image gives the id of an image, or an ImageMissing problem.
func (e *engine) image(ctx context.Context, ref string) (string, error) {
	cli, err := e.api(ctx)
	if err != nil {
		return "", err
	}
	img, err := cli.ImageInspect(ctx, ref)
	if errdefs.IsNotFound(err) {
		return "", imageMissing(ref)
	}
	if err != nil {
		return "", e.problem("inspect image "+ref, err)
	}
	return img.ID, nil
}

// create makes the container, stopped, and gives its id.
func (e *engine) create(ctx context.Context, s Spec) (string, error) {
	cli, err := e.api(ctx)
	if err != nil {
		return "", err
	}
	exposed, bindings, err := portMaps(s.Ports)
	if err != nil {
		return "", &Problem{Code: CreateFailed, Text: s.Name + " was not created", Err: err}
	}
	stop := int(s.StopTimeout.Seconds())
	made, err := cli.ContainerCreate(ctx, &container.Config{
		Image: s.Image, Env: s.Env, Cmd: s.Command, ExposedPorts: exposed, StopTimeout: &stop,
		Labels: map[string]string{labelCluster: e.cluster, labelSpec: s.digest(), labelOverlap: strconv.FormatBool(s.Overlap)},
	}, &container.HostConfig{
		Binds: s.Volumes, PortBindings: bindings, NetworkMode: container.NetworkMode(s.Network),
		RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyDisabled},
	}, nil, nil, s.Name)
	switch {
	case err == nil:
		return made.ID, nil
	case errdefs.IsNotFound(err) && strings.Contains(err.Error(), "No such image"):
		return "", imageMissing(s.Image)
	default:
		return "", e.problemAs(CreateFailed, "create "+s.Name, err)
	}
}

func (e *engine) start(ctx context.Context, name, id string) error {
	return e.change(ctx, StartFailed, "start "+name, func(cli *client.Client) error {
		return cli.ContainerStart(ctx, id, container.StartOptions{})
	})
}

// stop sends the stop signal, waits for the timeout (rounded up to seconds), kills and returns when the container is down.
func (e *engine) stop(ctx context.Context, name, id string, timeout time.Duration) error {
	seconds := int((timeout + time.Second - 1) / time.Second)
	return e.change(ctx, StopFailed, "stop "+name, func(cli *client.Client) error {
		return cli.ContainerStop(ctx, id, container.StopOptions{Timeout: &seconds})
	})
}

func (e *engine) kill(ctx context.Context, name, id string) error {
	return e.change(ctx, StopFailed, "kill "+name, func(cli *client.Client) error {
		return cli.ContainerKill(ctx, id, "KILL")
	})
}

// remove deletes a stopped container; the engine refuses a running one.
func (e *engine) remove(ctx context.Context, name, id string) error {
	return e.change(ctx, CreateFailed, "remove "+name, func(cli *client.Client) error {
		return cli.ContainerRemove(ctx, id, container.RemoveOptions{})
	})
}

// forbidRestart sets the restart policy to "no", so that only futago starts the container.
func (e *engine) forbidRestart(ctx context.Context, name, id string) error {
	return e.change(ctx, CreateFailed, "set the restart policy of "+name, func(cli *client.Client) error {
		_, err := cli.ContainerUpdate(ctx, id, container.UpdateConfig{
			RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyDisabled},
		})
		return err
	})
}

func (e *engine) change(ctx context.Context, code Code, what string, call func(*client.Client) error) error {
	cli, err := e.api(ctx)
	if err != nil {
		return err
	}
	if err := call(cli); err != nil {
		return e.problemAs(code, what, err)
	}
	return nil
}

// watch connects anew and tells the names of containers that something happened to, until ctx or the stream ends. It
// replays what happened since the given time, so that nothing is missed between two streams; telling twice does no harm.
func (e *engine) watch(ctx context.Context, since time.Time, answer time.Duration, ready func(), tell func(name string)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	giveUp := time.AfterFunc(answer, cancel)
	defer giveUp.Stop()
	if err := e.connect(ctx); err != nil {
		return err
	}
	args := filters.NewArgs(filters.Arg("type", string(events.ContainerEventType)))
	for _, name := range []string{"start", "die", "destroy", "create", "rename", "update", "pause", "unpause", "health_status"} {
		args.Add("event", name)
	}
	messages, errs := e.client.Load().Events(ctx, events.ListOptions{
		Since: fmt.Sprintf("%d.%09d", since.Unix(), since.Nanosecond()), Filters: args,
	})
	if !giveUp.Stop() {
		return &Problem{Code: EngineHung, Text: "the engine did not open its event stream within " + answer.String()}
	}
	select {
	case err := <-errs: // it was refused; an open stream has nothing to say here yet
		return e.problem("watch events", err)
	default:
		ready()
	}
	for {
		select {
		case m := <-messages:
			tell(m.Actor.Attributes["name"])
		case err := <-errs:
			return e.problem("watch events", err)
		}
	}
}

// problem classifies an error from the library that is not about what was asked but about the engine.
func (e *engine) problem(what string, err error) *Problem { return e.problemAs(EngineError, what, err) }

// problemAs is problem with the code for the case that the engine did answer.
func (e *engine) problemAs(code Code, what string, err error) *Problem {
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled):
		return &Problem{
			Code: EngineHung, Text: "the Docker engine did not answer in time to: " + what,
			Do: "sudo systemctl status docker", Err: err,
		}
	case !answered(err):
		return &Problem{
			Code: EngineDown, Text: "the Docker engine was not reachable to: " + what,
			Do: "sudo systemctl start docker", Err: err,
		}
	}
	if port, taken := takenPort(err.Error()); taken {
		return &Problem{
			Code: PortTaken, Text: "port " + port + " was held by another program, so futago could not " + what,
			Do: "sudo ss -lntup 'sport = :" + port + "'; if that is docker-proxy and no container's: sudo systemctl restart docker", Err: err,
		}
	}
	return &Problem{Code: code, Text: "the Docker engine refused to " + what, Do: "sudo journalctl -u docker -n 50", Err: err}
}

// answered says whether the error came as an HTTP answer: the library gives each of those one of these classes.
func answered(err error) bool {
	return errdefs.IsNotFound(err) || errdefs.IsConflict(err) || errdefs.IsInternal(err) || errdefs.IsInvalidArgument(err) ||
		errdefs.IsPermissionDenied(err) || errdefs.IsUnauthorized(err) || errdefs.IsNotImplemented(err) ||
		errdefs.IsNotModified(err) || errdefs.IsUnavailable(err)
}

var portRule = regexp.MustCompile(`(?:Bind for |listen (?:tcp|udp|sctp)[46]? |bind host port (?:for )?)(?:\[[^\]]*\]|[^\s:]*):(\d+)`)

// takenPort finds the port in the engine's two ways of saying that it is held: by another container or by another program.
func takenPort(text string) (string, bool) {
	if !strings.Contains(text, "port is already allocated") && !strings.Contains(text, "address already in use") {
		return "", false
	}
	if m := portRule.FindStringSubmatch(text); m != nil {
		return m[1], true
	}
	return "?", true
}

func imageMissing(ref string) *Problem {
	return &Problem{Code: ImageMissing, Text: "the image " + ref + " was not on this node", Do: "sudo docker pull " + ref}
}

func portMaps(texts []string) (nat.PortSet, nat.PortMap, error) {
	exposed, bindings := nat.PortSet{}, nat.PortMap{}
	for _, text := range texts {
		p, err := ParsePort(text)
		if err != nil {
			return nil, nil, err
		}
		inside := nat.Port(fmt.Sprintf("%d/%s", p.Container, p.Proto))
		exposed[inside] = struct{}{}
		bindings[inside] = append(bindings[inside], nat.PortBinding{HostIP: hostIP(p.Address), HostPort: strconv.Itoa(int(p.Host))})
	}
	return exposed, bindings, nil
}

func hostIP(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
