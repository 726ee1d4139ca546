import { describe, expect, it } from 'vitest';
import { breakable, html, scriptJson } from '../../../load/html/markup.js';

describe('markup', () => {
  it('escapes text between tags and in attributes', () => {
    const text = `<script>"&'`;
    expect(html`<p title="${text}">${text}</p>`.text).toBe(
      '<p title="&lt;script&gt;&quot;&amp;&#39;">&lt;script&gt;&quot;&amp;&#39;</p>',
    );
  });

  it('leaves markup as it is, joins arrays, and shows nothing for undefined', () => {
    expect(html`<ul>${['a', 'b&'].map((each) => html`<li>${each}</li>`)}${undefined}${7}</ul>`.text).toBe(
      '<ul><li>a</li><li>b&amp;</li>7</ul>',
    );
  });

  it('lets a code go on in another line, and escapes it', () => {
    expect(breakable('too_many/<b>').text).toBe('too_<wbr>many/<wbr>&lt;b&gt;');
  });

  it('writes JSON in which no tag begins', () => {
    const value = { name: '</script><script>alert(1)</script><!--' };
    expect(scriptJson(value)).not.toContain('<');
    expect(JSON.parse(scriptJson(value))).toEqual(value);
  });
});
