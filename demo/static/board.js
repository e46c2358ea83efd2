// The tide board: a story that stands in no page, but is fetched and printed by this script.
async function print() {
  const story = await (await fetch("/static/board.json")).json();
  const facts = document.createElement("script");
  facts.type = "application/ld+json";
  facts.textContent = JSON.stringify({
    "@context": "https://schema.org", "@type": "NewsArticle", "headline": story.title,
    "datePublished": story.published, "author": {"@type": "Person", "name": story.author},
  });
  document.head.append(facts);
  const article = document.createElement("article");
  const heading = article.appendChild(document.createElement("h1"));
  heading.textContent = story.title;
  for (const text of story.paragraphs) {
    article.appendChild(document.createElement("p")).textContent = text;
  }
  document.getElementById("app").replaceChildren(article);
}
print();
