"""What Streamlit runs for every browser: who is there, and which page they want."""

import streamlit as st

st.write("hello")
