// Package queue holds the tasks of a workspace: what a language model is to do over the notes while nobody waits.
//
// On disk, below .amalfa/agent:
//
//	stamp                          random; a folder whose stamp this user's state folder does not know is a stranger's
//	worker.lock                    held for life by the one process that works
//	tasks/pending/ID.json          a [Task] that waits; whoever writes one here adds it
//	tasks/processing/ID.json       one that is worked on, or was when its worker died
//	tasks/processing/ID.attempts   how often its work was begun
//	tasks/processing/ID.outcome    what came of the work, before any of it takes effect
//	tasks/processing/ID.cancel     somebody wants it to end
//	tasks/completed/ID.json        one that is done, with ID-report.md or ID-FAILED.md
//	tasks/completed/ID.seen        somebody has read that
//	schedules.json                 until when each schedule has been looked at
//
// Each step from folder to folder is one rename. Work that a dead process left is begun again, three times at most; an outcome that
// was written down is never worked out again, its changes go through the journal of edits by the task's own name, and what has a
// report is done. So each task has one report and its changes are made once, wherever a worker is killed.
package queue
