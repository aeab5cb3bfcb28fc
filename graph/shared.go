package graph

import (
	"context"
	"maps"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"
)

// common is what another note has in common with one: as seeker.common weighs it, without what is alike; and by Adamic and Adar.
type common struct{ weight, adamicAdar float64 }

// mostWalked bounds the neighbours and tags of a hub whose own neighbours are read: the first by id.
const mostWalked = 256

// readCommon walks to the notes that are linked with what this one is linked with, and to those that have its tags. It gives what
// seeker.common does, from the edges around the note instead of all.
func (k *kin) readCommon(ctx context.Context) error {
	k.common = map[string]common{}
	all := slices.Sorted(maps.Keys(k.near))
	for _, node := range all[:min(len(all), mostWalked)] {
		if strings.HasPrefix(node, notes.TagPrefix) {
			if err := k.addTag(ctx, node); err != nil {
				return err
			}
		} else if err := k.addNeighbour(ctx, node); err != nil {
			return err
		}
	}
	return nil
}

func (k *kin) addNeighbour(ctx context.Context, node string) error {
	edges, err := k.store.Edges(ctx, node, store.Both)
	if err != nil {
		return err
	}
	linked, loops := map[string]bool{}, false
	for _, e := range edges {
		to := Link{Edge: e, Forward: e.Source == node}.To()
		if !e.Resolved || e.File || !linksNotes(e.Type) || looseness(to) != 0 {
			continue
		}
		if linked[to] = to != node; to == node {
			loops = true
		}
	}
	delete(linked, node)
	if !linked[k.id] { // what else leads there is no link
		return nil
	}
	rarity := rarityOf(len(linked), loops)
	for to := range linked {
		if to != k.id {
			c := k.common[to]
			c.weight += linkWeight * rarity * damping(len(linked), k.superNode)
			c.adamicAdar += rarity
			k.common[to] = c
		}
	}
	return nil
}

func (k *kin) addTag(ctx context.Context, tag string) error {
	edges, err := k.store.Edges(ctx, tag, store.In)
	if err != nil {
		return err
	}
	holders := map[string]bool{}
	for _, e := range edges {
		if e.Type == taggedAs {
			holders[e.Source] = true
		}
	}
	if !holders[k.id] {
		return nil
	}
	for id := range holders {
		if id != k.id {
			c := k.common[id]
			c.weight += tagWeight * tagRarity(len(holders))
			k.common[id] = c
		}
	}
	return nil
}
