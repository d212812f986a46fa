"""One open specimen: wires slide, analysis and case; knows neither Qt nor argparse."""
