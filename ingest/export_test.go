package ingest

// YAMLError is what reading a broken YAML front matter says.
func YAMLError(data []byte) error {
	_, err := yamlValues(data)
	return err
}
