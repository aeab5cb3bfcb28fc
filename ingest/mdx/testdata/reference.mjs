// Says of each text of MDX, a JSON string a line, what MDX's own parser calls text: {"text": […]}, or {"error": why it gives up}.
import { createInterface } from 'node:readline'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { mdxjs } from 'micromark-extension-mdxjs'
import { mdxFromMarkdown } from 'mdast-util-mdx'
import { gfm } from 'micromark-extension-gfm'
import { gfmFromMarkdown } from 'mdast-util-gfm'
const shown = n => (['text', 'inlineCode', 'code'].includes(n.type) ? [n.value] : []).concat((n.children || []).flatMap(shown))
for await (const line of createInterface({ input: process.stdin })) {
  let answer
  try {
    answer = { text: shown(fromMarkdown(JSON.parse(line), { extensions: [gfm(), mdxjs()], mdastExtensions: [gfmFromMarkdown(), mdxFromMarkdown()] })) }
  } catch (e) { answer = { error: e.reason || String(e) } }
  console.log(JSON.stringify(answer))
}
