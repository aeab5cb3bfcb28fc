// Package storetest is the suite that every store.Store passes: what the interface promises, whatever is behind it.
package storetest

import (
	"testing"

	"amalfa/store"
)

// A Maker makes an empty index, and returns what opens it: each call gives a handle of its own, as of another process. Handles are closed
// when the test ends.
type Maker func(t testing.TB) (open func() store.Store)

func (mk Maker) fresh(t testing.TB) store.Store {
	t.Helper()
	return mk(t)()
}

// Run holds a store to all of it.
func Run(t *testing.T, mk Maker) {
	for name, test := range map[string]func(*testing.T, Maker){
		"ApplyAndRead":                testApplyAndRead,
		"Find":                        testFind,
		"List":                        testList,
		"FindOne":                     testFindOne,
		"FindOneByRef":                testFindOneByRef,
		"EdgesFollowTheNotes":         testEdgesFollowTheNotes,
		"PathEdgesTakeNoOtherName":    testPathEdgesTakeNoOtherName,
		"EdgeDirections":              testEdgeDirections,
		"OthersAnswer":                testOthersAnswer,
		"NotesAreNoOthers":            testNotesAreNoOthers,
		"BrokenPaths":                 testBrokenPaths,
		"Ambiguous":                   testAmbiguous,
		"EdgesDoNotDependOnOrder":     testEdgesDoNotDependOnOrder,
		"Select":                      testSelect,
		"GraphIsTheEdges":             testGraphIsTheEdges,
		"Sample":                      testSample,
		"Remark":                      testRemark,
		"LinksWaitForTheLastBatch":    testLinksWaitForTheLastBatch,
		"LinksOfTwoProcesses":         testLinksOfTwoProcesses,
		"LinksOfADeadProcess":         testLinksOfADeadProcess,
		"ChunksKeepTheirIDs":          testChunksKeepTheirIDs,
		"EqualChunks":                 testEqualChunks,
		"VectorsAreSharedAndSwept":    testVectorsAreSharedAndSwept,
		"ModelsDoNotMix":              testModelsDoNotMix,
		"ApplyRefusesWhatWouldPoison": testApplyRefusesWhatWouldPoison,
		"DataVersion":                 testDataVersion,
		"WordsOfEveryScript":          testWordsOfEveryScript,
		"KeywordColumns":              testKeywordColumns,
		"Stems":                       testStems,
		"HostileText":                 testHostileText,
		"CountAndMatching":            testCountAndMatching,
		"PutTwiceInOneBatch":          testPutTwiceInOneBatch,
		"FreshInAnyNumber":            testFreshInAnyNumber,
		"KeywordIsExactBM25":          testKeywordIsExactBM25,
		"KeywordAmong":                testKeywordAmong,
		"Changes":                     testChanges,
		"ExportAndImport":             testExportAndImport,
		"ExportIsOneSnapshot":         testExportIsOneSnapshot,
		"ImportOfVersion1":            testImportOfVersion1,
	} {
		t.Run(name, func(t *testing.T) { test(t, mk) })
	}
}
