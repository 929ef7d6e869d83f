package sandbox

import (
	"os"
	"strings"
)

// NamespacesVariable is the environment variable in which boot tells its own
// namespaces, so that the kernel can see that its are others.
const NamespacesVariable = "STRONGROOM_BOOT_NAMESPACES"

// Namespaces of this process, as /proc/self/ns names them.
func Namespaces() string {
	var all []string
	for _, name := range namespaceFiles() {
		if link, err := os.Readlink("/proc/self/ns/" + name); err == nil {
			all = append(all, link)
		}
	}
	return strings.Join(all, " ")
}

func namespaceFiles() map[Layer]string {
	return map[Layer]string{
		UserNamespace: "user", PIDNamespace: "pid", MountNamespace: "mnt", NetworkNamespace: "net",
		IPCNamespace: "ipc", UTSNamespace: "uts", CgroupNamespace: "cgroup",
	}
}

// reportNamespaces compares; it does not trust what boot meant to do.
func reportNamespaces(cfg Config, r *Report) error {
	boots := " " + os.Getenv(NamespacesVariable) + " "
	for l := UserNamespace; l <= CgroupNamespace; l++ {
		link, err := os.Readlink("/proc/self/ns/" + namespaceFiles()[l])
		switch {
		case err != nil || !strings.Contains(boots, " "+namespaceFiles()[l]+":["):
			r.set(l, false, "cannot be compared with boot's")
		case strings.Contains(boots, " "+link+" "):
			r.set(l, false, shared(l, cfg))
		default:
			r.set(l, true, "")
		}
	}
	return nil
}

func shared(l Layer, cfg Config) string {
	if l == UserNamespace && !cfg.UserNamespace {
		return "boot runs as root: the kernel has a user of its own in its place"
	}
	return "shared with boot"
}

func (r *Report) inForce(l Layer) bool { return r.InForce()&(1<<l) != 0 }
