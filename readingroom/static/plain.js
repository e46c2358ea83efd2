// Names for what Datasette's own pages leave without one, so that a screen reader can say it. Nothing depends on it.
document.documentElement.lang ||= "en";
const NAMES = {
  "[name='_filter_column']": "Column", "[name='_filter_op']": "Condition", ".filter-value": "Value",
  "[name='_sort']": "Sort by", ".CodeMirror textarea": "SQL", ".cm-content": "SQL", "textarea.copyable": "The rows, to copy",
};
const name = () => {
  for (const [selector, said] of Object.entries(NAMES)) {
    for (const found of document.querySelectorAll(selector)) found.ariaLabel ??= said;
  }
  for (const list of document.querySelectorAll(".column-descriptions, .table-wrapper")) list.tabIndex = 0;
};
addEventListener("DOMContentLoaded", name);
addEventListener("load", () => setTimeout(name)); // the editor of SQL is there only now
