package sandbox

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ownRoot makes the working directory, the storage, the whole file system:
// readable and writable, without programs, devices and set-user-id. In boot's
// mount namespace it touches nothing.
func ownRoot(_ Config, r *Report) error {
	if !r.inForce(MountNamespace) {
		r.set(OwnRoot, false, "no mount namespace of its own")
		return nil
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := mountStorage(); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("let go of the old root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	r.set(OwnRoot, true, "the storage directory")
	return nil
}

// mountStorage binds the working directory onto itself and goes into the new
// mount. The descriptor is the way in: a path would lead below it.
func mountStorage() error {
	tree, err := unix.OpenTree(unix.AT_FDCWD, ".", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return fmt.Errorf("take storage: %w", err)
	}
	defer unix.Close(tree)
	attributes := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV | unix.MOUNT_ATTR_NOEXEC}
	if err := unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH, &attributes); err != nil {
		return fmt.Errorf("restrict storage: %w", err)
	}
	if err := unix.MoveMount(tree, "", unix.AT_FDCWD, ".", unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("mount storage: %w", err)
	}
	if err := unix.Fchdir(tree); err != nil {
		return fmt.Errorf("enter storage: %w", err)
	}
	return nil
}
