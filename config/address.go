package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
)

// addressKey takes the base URL of a server that texts of notes are sent to: never from a project's file.
func addressKey(path, doc string, at func(*Settings) *string) Key {
	k := text(path, "", own, doc, nil, at)
	set := k.set
	k.set = func(s *Settings, v any) error {
		if address, ok := v.(string); ok && address != "" {
			if err := checkAddress(address); err != nil {
				return err
			}
		}
		return set(s, v)
	}
	return k
}

// checkAddress never quotes the address: a password may stand in it.
func checkAddress(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("want the address of a server, as http://10.0.0.5:3010 or https://host/v1")
	case u.User != nil:
		return errors.New("want an address without a user and password; the key has a setting of its own")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("want an address without a query or fragment")
	}
	return nil
}

// Networks reads addresses and networks.
func Networks(list []string) ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(list))
	for _, text := range list {
		ip, err := netip.ParseAddr(text)
		if err == nil {
			out = append(out, netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("want an address or a network, as 10.0.0.0/8, have %q", text)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

func checkNetworks(list []string) error {
	_, err := Networks(list)
	return err
}
