package vip

import (
	"context"
	"fmt"
)

// Cleanup removes the address from every interface of this node and looks that
// it is gone, without a running VIP: for what a daemon that died left behind. An
// address that is nowhere is no error. Each request to the kernel has a deadline
// of one second; ctx is looked at before the first.
func Cleanup(ctx context.Context, cfg Config) error {
	v, err := New(cfg)
	if err != nil {
		return err
	}
	return v.cleanup(ctx)
}

func (v *VIP) cleanup(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("remove %v: %w", v.cfg.Address.Addr(), err)
	}
	kernel, err := openKernel(v.enter)
	if err != nil {
		return fmt.Errorf("remove %v: %w", v.cfg.Address.Addr(), err)
	}
	defer kernel.close()
	return kernel.remove(v.cfg.Address.Addr())
}
