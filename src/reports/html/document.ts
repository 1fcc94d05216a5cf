import { Marked, type Token, type Tokens } from 'marked';

/** A report's Markdown as HTML: the text below its title, and the sections of it. */
export interface HtmlDocument {
  title: string;
  body: string;
  sections: { id: string; title: string }[];
}

/** Where a template says that a chart stands. */
const CHART_MARKER = /^<!-- chart: ([\w-]+) -->$/;

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const hidden = (html: string) => `<span class="hidden">${html}</span>`;

/** Turns Markdown into HTML that loads nothing and runs nothing; `figures` stand where their markers do. */
export function htmlOf(markdown: string, figures: ReadonlyMap<string, string>): HtmlDocument {
  const sections: HtmlDocument['sections'] = [];
  let quotes = 0;
  const engine: Marked = new Marked({
    gfm: true,
    // Only a link that somebody wrote as one is a link.
    tokenizer: { url: () => undefined },
    renderer: {
      html: ({ raw }) => escaped(raw),
      image: ({ text }) => escaped(text),
      link({ href, tokens }) {
        const text = this.parser.parseInline(tokens);
        return /^(?:https?|mailto):/i.test(href) ? `<a href="${escaped(href)}" rel="noreferrer">${text}</a>` : text;
      },
      heading({ tokens, depth }) {
        const html = this.parser.parseInline(tokens);
        // A heading in a quoted text is none of the report's.
        if (quotes > 0) return `<p><strong>${html}</strong></p>\n`;
        if (depth !== 2) return `<h${depth}>${html}</h${depth}>\n`;
        const id = `section-${sections.length + 1}`;
        sections.push({ id, title: html });
        return `<h2 id="${id}">${html}</h2>\n`;
      },
      blockquote({ tokens }) {
        quotes += 1;
        const html = this.parser.parse(tokens);
        quotes -= 1;
        return `<blockquote>\n${html}</blockquote>\n`;
      },
      listitem(item) {
        const html = this.parser.parse(item.tokens.filter(token => token.type !== 'checkbox'));
        if (!item.task) return `<li>${html}</li>\n`;
        return `<li class="${item.checked ? 'done' : 'open'}">${hidden(item.checked ? 'Done: ' : 'Open: ')}${html}</li>\n`;
      },
      table(token) {
        return tableOf(token as CaptionedTable, tokens => this.parser.parseInline(tokens));
      },
    },
  });
  const [first, ...tokens] = engine.lexer(markdown);
  const paragraph = { ...first, type: 'paragraph' } as Token;
  return {
    title: engine.parser([paragraph]).replace(/^<p>|<\/p>\s*$/g, ''),
    body: captioned(tokens)
      .map(token => figures.get(chartOf(token) ?? '') ?? (chartOf(token) ? '' : engine.parser([token])))
      .join(''),
    sections,
  };
}

/** The chart that stands where a line of the template says so; a line of a quoted text says nothing. */
const chartOf = (token: Token): string | undefined =>
  token.type === 'html' ? CHART_MARKER.exec(token.raw.trim())?.[1] : undefined;

/** A table that knows the line that introduces it, or the heading that it stands under. */
interface CaptionedTable extends Tokens.Table {
  caption?: Token[];
  introduced?: boolean;
}

/** Gives each table its caption: the paragraph before it that ends with a colon, or the heading above, which is not shown again. */
function captioned(tokens: readonly Token[]): Token[] {
  let heading: Token[] = [];
  const result: Token[] = [];
  for (const token of tokens) {
    if (token.type === 'heading') heading = (token as Tokens.Heading).tokens;
    if (token.type === 'table') {
      const before = result.at(-1)?.type === 'space' ? result.at(-2) : result.at(-1);
      const introduced = before?.type === 'paragraph' && before.raw.trim().endsWith(':');
      if (introduced) result.splice(result.lastIndexOf(before as Token));
      const caption = introduced ? ((before as Tokens.Paragraph).tokens ?? []) : heading;
      result.push({ ...(token as Tokens.Table), caption, introduced } as CaptionedTable);
    } else result.push(token);
  }
  return result;
}

/** Columns beyond which figures may break on paper, rather than stick out. */
const MANY = 8;

/** A table whose first column names the row; one with an empty head is a list of facts. */
function tableOf({ header, rows, caption, introduced }: CaptionedTable, inline: (tokens: Token[]) => string): string {
  const facts = header.every(cell => cell.text === '');
  const kind = facts ? ' class="facts"' : header.length > MANY ? ' class="many"' : '';
  const text = inline(caption ?? []) || 'At a glance';
  const aligned = (cell: Tokens.TableCell) => (cell.align === 'right' ? ' class="number"' : '');
  const head = facts
    ? ''
    : `<thead><tr>${header.map(cell => `<th scope="col"${aligned(cell)}>${inline(cell.tokens)}</th>`).join('')}</tr></thead>`;
  const row = ([first, ...others]: Tokens.TableCell[]) =>
    `<tr><th scope="row">${inline(first?.tokens ?? [])}</th>${others.map(cell => `<td${aligned(cell)}>${inline(cell.tokens)}</td>`).join('')}</tr>`;
  return (
    `<div class="scroll" role="region" tabindex="0" aria-label="${escaped(text.replace(/<[^>]*>/g, ''))}">` +
    `<table${kind}><caption>${introduced ? `<span>${text}</span>` : hidden(text)}</caption>${head}` +
    `<tbody>${rows.map(row).join('\n')}</tbody></table></div>\n`
  );
}
