// The buttons below a chart that save what is on the screen as SVG or PNG. The picture is drawn by the chart's own
// plotly, whose toolbar knows one format only: its format is changed for the moment of a click.

const SHARP = 3; // pixels of a PNG for one of the screen

function chartOf(element) {
  const root = element.getRootNode();
  const outside = root instanceof ShadowRoot ? root.host : element;
  return outside.closest('[class*="st-key-chart-"]')?.querySelector(".js-plotly-plot") ?? null;
}

function save(element, format, name) {
  const chart = chartOf(element);
  const button = chart?.querySelector('.modebar-btn[data-title^="Download plot"]');
  if (!button) return false;
  const options = chart._context.toImageButtonOptions;
  const before = { ...options };
  Object.assign(options, { format, filename: name, scale: format === "png" ? SHARP : 1 });
  button.click(); // reads the options at once
  for (const key of Object.keys(options)) delete options[key];
  Object.assign(options, before);
  return true;
}

// Streamlit calls this after every run of the script with new data or another theme.
export default function show({ data, parentElement }) {
  const buttons = [...parentElement.querySelectorAll("button")];
  for (const button of buttons) {
    const { format } = button.dataset;
    const label = `Save the picture as ${format.toUpperCase()}: ${data.name}`;
    button.title = `The picture as ${format.toUpperCase()}`;
    button.setAttribute("aria-label", label);
    button.onclick = () => {
      button.disabled = !save(button, format, data.name);
      setTimeout(() => (button.disabled = false), 1500);
    };
  }
}
