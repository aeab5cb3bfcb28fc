// Says of each text of MDX, a JSON string a line, what MDX's own parser calls text and where links lead: {"text": […], "links": […]},
// or {"error": why it gives up}.
import { createInterface } from 'node:readline'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { mdxjs } from 'micromark-extension-mdxjs'
import { mdxFromMarkdown } from 'mdast-util-mdx'
import { gfm } from 'micromark-extension-gfm'
import { gfmFromMarkdown } from 'mdast-util-gfm'
const links = n => (n.type === 'link' ? [n.url] : []).concat((n.children || []).flatMap(links))
const shown = n => (['text', 'inlineCode', 'code'].includes(n.type) ? [n.value] : []).concat((n.children || []).flatMap(shown))
for await (const line of createInterface({ input: process.stdin })) {
  let answer
  try {
    const tree = fromMarkdown(JSON.parse(line), { extensions: [gfm(), mdxjs()], mdastExtensions: [gfmFromMarkdown(), mdxFromMarkdown()] })
    answer = { text: shown(tree), links: links(tree) }
  } catch (e) { answer = { error: e.reason || String(e) } }
  console.log(JSON.stringify(answer))
}
