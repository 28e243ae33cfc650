"""USB cameras of the video class (webcams), and MJPEG over TCP, by PyAV."""
