// Package sqlite is a [store.Store] in one SQLite database.
//
// On disk (the folder is the caller's): amalfa.db, amalfa.db-wal, amalfa.db-shm, vectors-<digest>.bin, and,
// from the migration of an index in an older layout until the first run that ends well, amalfa.db.layout-N, all 0600. No code of
// this process may open the database's files other than through this package: closing any descriptor of them would drop SQLite's
// locks. The files are safe for any number of processes; one transaction per Apply, so a crash leaves the index as it was after
// an earlier Apply.
package sqlite
