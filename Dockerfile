# The program on a base with a C and a C++ library and nothing else; goreleaser puts both programs into the context. To try it by hand:
#
#   task build && mkdir -p linux/amd64 && cp bin/amalfa linux/amd64/ && docker build --build-arg TARGETPLATFORM=linux/amd64 -t amalfa .
#   docker run --rm -v ~/notes:/notes amalfa init
#   docker run -d -p 127.0.0.1:3015:3015 -e AMALFA_MCP_TOKEN=... -v ~/notes:/notes amalfa
#
# The folder of notes must be writable for user 65532, who keeps the index in its .amalfa.
FROM gcr.io/distroless/cc-debian12:nonroot
ARG TARGETPLATFORM
COPY $TARGETPLATFORM/amalfa /usr/bin/amalfa
USER nonroot
ENV HOME=/home/nonroot AMALFA_ROOT=/notes
WORKDIR /notes
EXPOSE 3015
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["/usr/bin/amalfa", "mcp", "status", "--quiet"]
ENTRYPOINT ["/usr/bin/amalfa"]
CMD ["serve", "--http", "0.0.0.0:3015"]
